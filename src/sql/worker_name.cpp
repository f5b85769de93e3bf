#include "sql/worker_name.hpp"

#include "sql/lease.hpp"

#include <rulehost/worker_row.hpp>

namespace rulehost {

namespace {

/// A lease further in the future than one lasts was written by a clock that has been set back since: nobody renews it.
bool is_held(std::optional<time_point> const& expires_at, time_point now) {
    return expires_at && now < *expires_at && *expires_at - now <= worker_is_gone_after;
}

} // namespace

name_action step(name_observation const& seen, time_point now) {
    switch (seen.by) {
    case name_observation::holder::nobody:
        return name_action::take;
    case name_observation::holder::this_process:
        return name_action::renew;
    case name_observation::holder::ended_process:
        return name_action::take_over;
    case name_observation::holder::other_process:
        return is_held(seen.expires_at, now) ? name_action::wait : name_action::take_over;
    }
    return name_action::wait;
}

name_observation observe(std::optional<lease_row> const& lease, std::string const& process,
                         process_check const& has_ended) {
    using holder = name_observation::holder;
    if (!lease)
        return {};
    auto const by = lease->holder == process ? holder::this_process
        : has_ended(lease->holder)           ? holder::ended_process
                                             : holder::other_process;
    return {by, lease->expires_at};
}

} // namespace rulehost
