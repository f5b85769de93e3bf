#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace rulehost::simulation {

/// Outcome of a run.
struct verdict {
    std::uint64_t trace = 0;             ///< equal for equal runs
    std::vector<std::string> violations; ///< empty: all properties held
    std::uint64_t changes = 0;           ///< of the database
};

/// Runs a swarm on virtual time: masters, workers, operators and SQL clients on one database, with a network that
/// delays, loses and cuts, wrong clocks, and processes that are killed and restarted; then lets it come to rest and
/// judges it. All of it follows from `seed`. `scratch` is a private directory with an empty database `empty.db`;
/// `shown` receives each step, if it is not null.
verdict simulate(std::uint64_t seed, std::filesystem::path const& scratch, std::ostream* shown);

} // namespace rulehost::simulation
