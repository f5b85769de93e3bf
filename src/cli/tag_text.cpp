#include "cli/tag_text.hpp"

#include "event/tag_marks.hpp"
#include "event/typed_text.hpp"
#include "time/whole_seconds.hpp"

#include <rulehost/diagnostic.hpp>

namespace rulehost::cli {

std::vector<table_column> columns_of_tags() {
    return {time_column("TIME"), "ADDRESS",           "SESSION", "TECHNIQUE", "MARK", "RULE",
            text_column("NAME"), text_column("TYPED")};
}

std::vector<std::string> cells_of(stored_tag const& shown) {
    auto const& made = shown.value;
    return {whole_seconds(shown.happened_at),
            made.src_ip,
            made.session_id,
            technique_of(made),
            marks_of(made, shown.retracted.has_value()).text(),
            made.rule_id,
            made.rule_name,
            typed_text(made)};
}

std::string line_of(std::vector<std::string> const& cells) {
    std::string line;
    for (auto const& cell : cells)
        line.append(line.empty() ? "" : "  ").append(cell.empty() ? "-" : escape_for_terminal(cell));
    return line + '\n';
}

} // namespace rulehost::cli
