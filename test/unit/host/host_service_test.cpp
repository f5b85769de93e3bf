#include "host/host_service.hpp"

#include "support/events.hpp"

#include <boost/test/unit_test.hpp>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

struct readiness {
    readiness() {
        counts.ready = true;
        counts.live_rules = 1;
        options.stale_limit = 5min;
        options.spool_patience = 1min;
    }

    std::size_t reasons() const { return missing_for_readiness(counts, options).size(); }

    host_statistics counts;
    service_options options;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(service_readiness, readiness)

BOOST_AUTO_TEST_CASE(host_with_fresh_rules_is_ready) {
    BOOST_TEST(reasons() == 0u);
}

BOOST_AUTO_TEST_CASE(host_without_complete_rules_is_not) {
    counts.ready = false;
    BOOST_TEST(reasons() == 1u);
    counts.awaited = "the store has no rules yet";
    BOOST_TEST(missing_for_readiness(counts, options).front() ==
               "the rules are not complete yet: the store has no rules yet");
}

BOOST_AUTO_TEST_CASE(host_without_any_live_rule_is_not) {
    counts.live_rules = 0;
    BOOST_REQUIRE(reasons() == 1u);
    BOOST_TEST(missing_for_readiness(counts, options).front() == "no rule is live");
}

BOOST_AUTO_TEST_CASE(host_whose_deletions_are_withheld_is_ready) {
    counts.withheld_deletions = 1; // it works with the last-known-good rules, like all other workers
    BOOST_TEST(reasons() == 0u);
}

BOOST_AUTO_TEST_CASE(rules_may_be_stale_up_to_the_limit) {
    counts.rules_stale_since = test::noon;
    counts.rules_stale_for = 5min;
    BOOST_TEST(reasons() == 0u);
    counts.rules_stale_for = 5min + 1us; // regardless of changes of the clock
    BOOST_TEST(reasons() == 1u);
    BOOST_TEST(missing_for_readiness(counts, options).front().find("2026-01-01T12:00:00.000000Z") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(input_that_cannot_be_read_is_named_with_its_reason) {
    counts.inputs.resize(2);
    counts.inputs[1].name = "/var/log/cowrie.json";
    counts.inputs[1].obstacle = "Permission denied";
    BOOST_REQUIRE_EQUAL(reasons(), 1u);
    BOOST_TEST(missing_for_readiness(counts, options).front() ==
               "the input /var/log/cowrie.json cannot be read: Permission denied");
}

BOOST_AUTO_TEST_CASE(host_that_waits_for_its_name_names_the_process_that_has_it) {
    counts.name_holder = "process 4711 on hp";
    BOOST_REQUIRE_EQUAL(reasons(), 1u);
    BOOST_TEST(missing_for_readiness(counts, options).front() ==
               "another process has the name of this worker: process 4711 on hp");
}

BOOST_AUTO_TEST_CASE(host_that_compiles_says_that_it_waits_for_its_name_too) {
    counts.ready = false;
    counts.name_holder = "process 4711 on hp";
    BOOST_TEST(reasons() == 2u);
}

BOOST_AUTO_TEST_CASE(every_reason_is_reported) {
    counts.ready = false;
    counts.rules_stale_since = counts.database_lost_since = test::noon - 1h;
    counts.rules_stale_for = counts.database_lost_for = 1h;
    BOOST_TEST(reasons() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
