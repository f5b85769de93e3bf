#pragma once

#include <rulehost/time_point.hpp>

#include <functional>
#include <optional>
#include <string>

namespace rulehost {

struct lease_row;

/// Whether a process, by its unique name, is known to have ended.
using process_check = std::function<bool(std::string const& process)>;

/// The lease of a worker's name as a process finds it.
struct name_observation {
    enum class holder {
        nobody,
        this_process,
        ended_process, ///< of this machine
        other_process, ///< alive, or on another machine
    } by = holder::nobody;
    std::optional<time_point> expires_at; ///< of the lease; empty: there is none, or it is malformed
};

enum class name_action {
    take,      ///< the name is free
    renew,     ///< it belongs to this process
    take_over, ///< its holder has ended, or gave no sign of life for the length of the lease
    wait,      ///< its holder lives
};

/// The next action of a process that wants the name for itself. Pure.
name_action step(name_observation const& seen, time_point now);

/// `lease` as `process` finds it.
name_observation observe(std::optional<lease_row> const& lease, std::string const& process,
                         process_check const& has_ended);

} // namespace rulehost
