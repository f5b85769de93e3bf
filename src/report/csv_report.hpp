#pragma once

#include <rulehost/tag.hpp>

#include <string>
#include <string_view>

namespace rulehost {

/// A cell of RFC 4180. Escapes control characters. A text that begins like a formula gets a quote in front, so that a
/// spreadsheet does not execute it.
std::string csv_cell(std::string_view text);

/// The names of the columns, and a tag as a row; both end with CR and LF.
std::string csv_heading();
std::string csv_row(tag const& about, time_point happened_at);

} // namespace rulehost
