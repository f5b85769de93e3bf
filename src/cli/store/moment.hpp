#pragma once

#include "sql/rule_history.hpp"

#include <rulehost/time_point.hpp>

#include <functional>
#include <string>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace rulehost::cli {

/// A moment in the past of a store, from the command line.
struct moment_options {
    std::string at;       ///< a time
    std::string revision; ///< or a number

    bool is_given() const { return !at.empty() || !revision.empty(); }
};

/// `--at TIME` or `--revision N`.
void add_moment_options(CLI::App& command, moment_options& options);

/// Throws std::invalid_argument if a moment is given without a store.
void require_store(moment_options const& when, std::string const& store);

/// The same moment, once the store is open.
struct store_moment {
    rulehost::revision revision = 0;
    time_point time{}; ///< the given one, or that of the revision
};

/// Opens a store to read it, finds the moment, and runs `read`. Throws std::invalid_argument for a malformed time, and
/// std::runtime_error for a moment in the future or before the history.
void read_past(std::string const& url, moment_options const& when,
               std::function<void(rule_history const&, store_moment)> const& read);

/// Throws std::runtime_error unless the history reaches to `wanted`.
void require_known(rule_history const& history, revision wanted);

/// The text of a rule at a revision that `require_known` accepts, if it had one. Throws std::runtime_error if the
/// history does not hold it.
rule_history::past_text known_text(rule_history const& history, std::string const& rule_id, revision at);

/// Warns in one line of the gaps in the history at a moment. Returns whether there are any.
bool warn_of_doubts(past_contents const& past);

} // namespace rulehost::cli
