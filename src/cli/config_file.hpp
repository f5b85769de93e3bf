#pragma once

#include "host/host_service.hpp"

#include <rulehost/adapter_table.hpp>
#include <rulehost/diagnostic.hpp>
#include <rulehost/host.hpp>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::shell {
class program_table;
}

namespace rulehost::cli {

/// Log levels; each includes those after it.
inline constexpr std::array<std::string_view, 4> log_levels{"debug", "info", "warning", "error"};

/// A lower value is a mistake, and would delete new tags.
constexpr duration min_tag_retention = std::chrono::hours{1};

/// Options of `rulehost run` from its configuration file, the environment and its flags; each overrides those
/// before it.
struct run_options {
    enum class printing { tags, none };

    enum class log_form { text, json };

    host_options host;
    service_options service;
    std::string log_level = "info"; ///< one of `log_levels`
    log_form log = log_form::text;
    printing output = printing::tags;
    std::shared_ptr<shell::program_table const> programs; ///< null: the shipped ones
};

struct configuration {
    run_options options;
    std::shared_ptr<adapter_table const> adapters; ///< null: only the shipped ones
    std::vector<diagnostic> findings;              ///< if one is an error, do not use the options
};

/// Reads the text of a configuration file (config/rulehost.yaml has every key). Strict: an unknown key is an error.
/// `path` is only quoted; a password in a URL is not shown.
configuration read_configuration(std::string_view text, std::string const& path);

/// The same for a file. Throws std::system_error if it is unreadable.
configuration read_configuration_file(std::string const& path);

} // namespace rulehost::cli
