#pragma once

#include "sql/tag_query.hpp"
#include "text/table.hpp"

#include <string>
#include <vector>

namespace rulehost::cli {

std::vector<table_column> columns_of_tags();

/// A row for a person. Cells may hold any bytes.
std::vector<std::string> cells_of(stored_tag const& shown);

/// Cells as a line, escaped for a terminal.
std::string line_of(std::vector<std::string> const& cells);

} // namespace rulehost::cli
