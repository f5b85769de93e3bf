#include "sql/worker_name.hpp"

#include "sql/lease.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace rulehost;
using namespace std::chrono_literals;
using holder = name_observation::holder;

namespace {

time_point const now{std::chrono::seconds{1'767'225'600}};

} // namespace

BOOST_AUTO_TEST_SUITE(worker_names)

BOOST_AUTO_TEST_CASE(step_depends_on_the_holder_and_on_a_lease_of_another_living_one_only) {
    auto const before = now - 1us;
    auto const after = now + 1us;
    struct {
        holder by;
        std::optional<time_point> expires_at;
        name_action expected;
    } const table[]{
        {holder::nobody, {}, name_action::take},
        {holder::this_process, after, name_action::renew},
        {holder::this_process, before, name_action::renew},
        {holder::this_process, {}, name_action::renew},
        {holder::ended_process, after, name_action::take_over},
        {holder::ended_process, before, name_action::take_over},
        {holder::ended_process, {}, name_action::take_over},
        {holder::other_process, after, name_action::wait},
        {holder::other_process, now + 15s, name_action::wait},
        {holder::other_process, now + 15s + 1us, name_action::take_over}, // the clock was set back
        {holder::other_process, now, name_action::take_over},
        {holder::other_process, before, name_action::take_over},
        {holder::other_process, {}, name_action::take_over}, // malformed: it would never run out
    };
    for (auto const& each : table)
        BOOST_TEST((step({each.by, each.expires_at}, now) == each.expected),
                   "holder " << static_cast<int>(each.by) << ", row " << &each - table);
}

BOOST_AUTO_TEST_CASE(observation_asks_only_for_other_processes_whether_they_ended) {
    auto const ended = [](std::string const& process) { return process == "gone" || process == "me"; };
    auto const seen = [&](std::optional<lease_row> const& lease) { return observe(lease, "me", ended); };
    BOOST_TEST((seen({}).by == holder::nobody));
    BOOST_TEST((seen(lease_row{"me", now}).by == holder::this_process));
    BOOST_TEST((seen(lease_row{"gone", now}).by == holder::ended_process));
    BOOST_TEST((seen(lease_row{"lives", now}).by == holder::other_process));
    BOOST_TEST((seen(lease_row{"lives", now}).expires_at == now));
}

BOOST_AUTO_TEST_SUITE_END()
