#pragma once

#include <rulehost/adapter_table.hpp>
#include <rulehost/diagnostic.hpp>

#include <memory>
#include <string>
#include <vector>

namespace rulehost::cli {

/// The shipped adapters and those of the `*.yaml` and `*.yml` files in `directory`, which win. What is wrong with them
/// is added to `found`. Throws std::runtime_error for a directory or file that cannot be read.
std::shared_ptr<adapter_table const> read_adapter_directory(std::string const& directory,
                                                            std::vector<diagnostic>& found);

} // namespace rulehost::cli
