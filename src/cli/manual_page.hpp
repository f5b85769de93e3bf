#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace rulehost::cli {

/// The manual page of `program`, for man(1): every command with the options, descriptions and examples that `--help`
/// shows. `date` as YYYY-MM-DD.
std::string manual_page(CLI::App const& program, std::string const& date, std::string const& version);

/// The manual page of the configuration file, for man(5), made of `settings`: the commented file with every key.
std::string configuration_page(std::string_view settings, std::string const& date, std::string const& version);

} // namespace rulehost::cli
