#include "cli/tag_text.hpp"

#include "event/typed_text.hpp"
#include "time/whole_seconds.hpp"

#include <rulehost/diagnostic.hpp>

namespace rulehost::cli {

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

std::string line_of(tag const& shown, time_point happened_at) {
    std::string line;
    for (auto const& cell : cells_of(shown, happened_at))
        line.append(line.empty() ? "" : "  ").append(cell.empty() ? "-" : escape_for_terminal(cell));
    return line + '\n';
}

} // namespace rulehost::cli
