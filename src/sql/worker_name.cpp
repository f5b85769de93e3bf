#include "sql/worker_name.hpp"

#include "sql/lease.hpp"

namespace rulehost {

name_action step(name_observation const& seen, time_point now) {
    switch (seen.by) {
    case name_observation::holder::nobody:
        return name_action::take;
    case name_observation::holder::this_process:
        return name_action::renew;
    case name_observation::holder::ended_process:
        return name_action::take_over;
    case name_observation::holder::other_process:
        return seen.expires_at && now < *seen.expires_at ? name_action::wait : name_action::take_over;
    }
    return name_action::wait;
}

name_observation observe(std::optional<lease_row> const& lease, std::string const& process,
                         process_check const& has_ended) {
    using holder = name_observation::holder;
    if (!lease) {
        return {};
    }
    auto const by = lease->holder == process ? holder::this_process
        : has_ended(lease->holder)           ? holder::ended_process
                                             : holder::other_process;
    return {by, lease->expires_at};
}

} // namespace rulehost
