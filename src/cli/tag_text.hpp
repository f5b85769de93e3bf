#pragma once

#include <rulehost/tag.hpp>

#include <string>
#include <vector>

namespace rulehost::cli {

std::vector<std::string> headings_of_tags();

/// A row for a person. Cells may hold any bytes.
std::vector<std::string> cells_of(tag const& shown, time_point happened_at);

/// The same as a line, escaped for a terminal.
std::string line_of(tag const& shown, time_point happened_at);

} // namespace rulehost::cli
