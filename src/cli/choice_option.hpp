#pragma once

#include "cli/value_checks.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

/// Adds an option that takes one of the names of `choices`, and nothing else: a transformer of CLI11 takes the numbers
/// of the enumeration too, and shows them.
template <class Choice>
CLI::Option* add_choice_option(CLI::App& command, std::string const& name, Choice& into,
                               std::vector<std::pair<std::string, Choice>> choices, std::string const& description) {
    auto const choose = [name, &into, choices = std::move(choices)](std::string const& typed) {
        auto const chosen = std::ranges::find(choices, typed, &std::pair<std::string, Choice>::first);
        if (chosen == choices.end()) {
            std::vector<std::string> names;
            for (auto const& each : choices)
                names.push_back(each.first);
            throw CLI::ValidationError(name, not_one_of(names, typed));
        }
        into = chosen->second;
    };
    return command.add_option_function<std::string>(name, choose, description);
}

} // namespace rulehost::cli
