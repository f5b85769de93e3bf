#pragma once

#include "engine/decision_policy.hpp"

#include <rulehost/time_point.hpp>

#include <CLI/CLI.hpp>

#include <concepts>
#include <string>

namespace rulehost::cli {

/// Adds an option that takes a duration over zero; the error quotes `examples`, such as `30s or 2m`. `into` is a
/// `duration` or a `written_duration`, or an optional one, and outlives the command.
template <class Length>
CLI::Option* add_length_option(CLI::App& command, std::string const& name, Length& into, std::string const& examples,
                               std::string const& description) {
    auto const take = [&into, name, examples](std::string const& typed) {
        auto const read = parse_duration(typed);
        if (!read || *read == duration::zero())
            throw CLI::ValidationError(name,
                                       std::string("takes a duration ") + (read ? "over zero, " : "") + "such as " +
                                           examples + ", not '" + typed + "'");
        if constexpr (std::assignable_from<Length&, written_duration>)
            into = written_duration{*read, typed};
        else
            into = *read;
    };
    return command.add_option_function<std::string>(name, take, description);
}

} // namespace rulehost::cli
