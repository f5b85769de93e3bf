#pragma once

#include "report/report_data.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// `text` as HTML: escapes markup and invisible characters.
std::string html_text(std::string_view text);

struct report_extras {
    std::vector<session_story> stories;
    std::optional<std::uint64_t> withheld; ///< matches that gave no tag because of a decision; empty: not known
    time_point made_at{};
    std::string_view version; ///< of the program
};

/// One self-contained page without scripts.
std::string html_report(report_data const& data, report_extras const& extras, attack_table const& attack);

} // namespace rulehost
