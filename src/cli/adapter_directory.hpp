#pragma once

#include <rulehost/adapter_table.hpp>
#include <rulehost/diagnostic.hpp>

#include <memory>
#include <string>
#include <vector>

namespace rulehost::cli {

/// The shipped adapters and those of the `*.yaml` and `*.yml` files in `directory`, which win. Adds findings about them
/// to `found`. Throws std::runtime_error for an unreadable directory or file.
std::shared_ptr<adapter_table const> read_adapter_directory(std::string const& directory,
                                                            std::vector<diagnostic>& found);

} // namespace rulehost::cli
