#pragma once

#include "sql/tag_query.hpp"

#include <rulehost/tag.hpp>

#include <string>
#include <vector>

namespace rulehost::cli {

std::vector<std::string> headings_of_tags();

/// A row for a person. Cells may hold any bytes.
std::vector<std::string> cells_of(tag const& shown, time_point happened_at);

/// The same of a stored tag; one that was retracted says so.
std::vector<std::string> cells_of(stored_tag const& shown);

/// Cells as a line, escaped for a terminal.
std::string line_of(std::vector<std::string> const& cells);

} // namespace rulehost::cli
