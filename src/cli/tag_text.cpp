#include "cli/tag_text.hpp"

#include "event/typed_text.hpp"
#include "time/whole_seconds.hpp"

#include <rulehost/diagnostic.hpp>

namespace rulehost::cli {

namespace {

constexpr std::size_t cell_of_rule = 4;

} // namespace

std::vector<std::string> headings_of_tags() {
    return {"TIME", "ADDRESS", "SESSION", "TECHNIQUE", "RULE", "TYPED"};
}

std::vector<std::string> cells_of(tag const& shown, time_point happened_at) {
    return {whole_seconds(happened_at),
            shown.src_ip,
            shown.session_id,
            technique_of(shown),
            shown.rule_name.empty() ? shown.rule_id : shown.rule_id + " " + shown.rule_name,
            typed_text(shown)};
}

std::vector<std::string> cells_of(stored_tag const& shown) {
    auto cells = cells_of(shown.value, shown.happened_at);
    if (shown.retracted)
        cells[cell_of_rule] += " (retracted)";
    return cells;
}

std::string line_of(std::vector<std::string> const& cells) {
    std::string line;
    for (auto const& cell : cells)
        line.append(line.empty() ? "" : "  ").append(cell.empty() ? "-" : escape_for_terminal(cell));
    return line + '\n';
}

} // namespace rulehost::cli
