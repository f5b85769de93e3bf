#pragma once

#include "shell/programs/program_table.hpp"

#include <rulehost/diagnostic.hpp>

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace rulehost::cli {

/// The shipped table of programs and those of `path`, which win: a file, or the `*.yaml` and `*.yml` files of a
/// directory. Findings about them are added to `found`. Throws std::runtime_error for an unreadable file.
std::shared_ptr<shell::program_table const> read_program_directory(std::string const& path,
                                                                   std::vector<diagnostic>& found);

/// `--programs`: the table of programs that the rules and lines of this command are read by. Findings about it are
/// printed.
void add_programs_option(CLI::App& command);

} // namespace rulehost::cli
