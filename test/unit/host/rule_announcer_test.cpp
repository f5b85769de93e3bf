#include "host/rule_announcer.hpp"

#include "support/definitions.hpp"
#include "support/fake_broker.hpp"
#include "support/skewed_time.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <boost/json/parse.hpp>

#include <set>
#include <string>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

struct fixture : test::virtual_loop {
    fixture() { tasks.spawn("announcer", announcer.run()); }
    ~fixture() {
        tasks.cancel();
        run(tasks.join());
    }

    test::fake_broker publisher;
    bus listeners;
    std::vector<std::string> log;
    test::skewed_time clock{time};
    rule_announcer announcer{clock,
                             listeners,
                             &publisher,
                             [] { return std::string("soc"); },
                             [this](std::string const& line) { log.push_back(line); },
                             [] { return 0.5; }};
    task_group tasks{loop.get_executor()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rule_announcers, fixture)

BOOST_AUTO_TEST_CASE(changes_are_reported_here_at_once_and_to_the_broker) {
    auto here = listeners.subscribe("ttp.rule.>");
    announcer.changed(rule_change(7, "R.1", nullptr));
    announcer.changed(rule_change(8, "R2", rule_state::disabled("noisy")));
    announcer.changed(rule_change(9, "R2", rule_state(), rule_change::origin::expiry));
    auto const first = run(here.next());
    BOOST_TEST(first->topic == "ttp.rule.reloaded.R_1");
    BOOST_TEST(first->payload ==
               R"({"rule_id":"R.1","revision":7,"deleted":true,"rule_version":null,"content_hash":null})");
    auto const second = boost::json::parse(run(here.next())->payload).as_object();
    BOOST_TEST(second.at("state").at("state").as_string() == "disabled");
    BOOST_TEST(!second.at("auto_revert").as_bool());
    BOOST_TEST(boost::json::parse(run(here.next())->payload).at("auto_revert").as_bool());
    time.settle();
    BOOST_REQUIRE_EQUAL(publisher.sent.size(), 3u);
    BOOST_TEST(publisher.sent[0].id == R"(reloaded-soc-7-"R.1")");
    BOOST_TEST(publisher.sent[2].id == "state-soc-9-R2");
    BOOST_TEST(publisher.sent[2].topic == "ttp.rule.state.R2");
}

BOOST_AUTO_TEST_CASE(changes_of_the_same_revision_in_two_stores_have_ids_of_their_own) {
    decision made;
    made.id = 3;
    std::set<std::string> ids;
    for (std::string const store : {"1", "2", "1"}) // another worker of the first store makes the same ids
        for (auto const& change : {rule_change(7, "R1", nullptr), rule_change(7, "R1", rule_state::disabled("noisy")),
                                   rule_change(7, decision_change{3, made}), rule_change(7, decision_change{3, {}})})
            ids.insert(message_about(change, store).id);
    std::set<std::string> const expected{"decision-1-7",    "decision-2-7", "reloaded-1-7-R1",
                                         "reloaded-2-7-R1", "state-1-7-R1", "state-2-7-R1"};
    BOOST_TEST(ids == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(rules_whose_topics_are_the_same_have_ids_of_their_own) {
    std::set<std::string> ids;
    for (auto const* rule_id : {"R_1", "R.1", "R 1", "R\r\n1", R"("R\r\n1")"})
        ids.insert(message_about(rule_change(7, rule_id, nullptr), "1").id);
    std::set<std::string> const expected{"reloaded-1-7-R_1", R"(reloaded-1-7-"R.1")", R"(reloaded-1-7-"R 1")",
                                         R"(reloaded-1-7-"R\r\n1")", R"(reloaded-1-7-"\"R\\r\\n1\"")"};
    BOOST_TEST(ids == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(withheld_hits_are_counted_and_reported_now_and_then) {
    auto const rule = std::make_shared<compiled_rule const>(test::rule_matching("{pattern: wget}"), rule_state());
    auto const hit = evaluation::withheld_hit{rule, evaluation::withheld_hit::cause::disabled};
    for (int i = 0; i < 1000; ++i)
        announcer.withheld(hit);
    clock.error = -1h; // regardless of it
    time.advance(10s);
    announcer.withheld(hit);
    time.settle();
    BOOST_REQUIRE_EQUAL(publisher.sent.size(), 2u);
    BOOST_TEST(boost::json::parse(publisher.sent[0].payload).at("hits").to_number<int>() == 1);
    BOOST_TEST(boost::json::parse(publisher.sent[1].payload).at("hits").to_number<int>() == 1000);
    BOOST_TEST(boost::json::parse(publisher.sent[1].payload).at("why").as_string() == "disabled");
    BOOST_TEST(publisher.sent[0].id != publisher.sent[1].id);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_refused_costs_no_other) {
    publisher.poison = "ttp.rule.reloaded.R2";
    for (revision r = 1; r <= 3; ++r) {
        announcer.changed(rule_change(r, "R1", nullptr));
        announcer.changed(rule_change(r, "R2", nullptr));
        time.settle();
    }
    BOOST_TEST(publisher.sent.size() == 3u);
    BOOST_TEST(announcer.dropped() == 3u);
    BOOST_TEST(announcer.waiting() == 0u);
    BOOST_TEST(log.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_broker_that_is_away_costs_the_oldest_messages) {
    publisher.away = true;
    for (revision r = 1; r <= 2000; ++r)
        announcer.changed(rule_change(r, "R1", nullptr));
    time.advance(1min);
    publisher.away = false;
    time.advance(1min);
    BOOST_REQUIRE_EQUAL(publisher.sent.size(), rule_announcer::max_waiting);
    BOOST_TEST(publisher.sent.front().id == "reloaded-soc-977-R1");
    BOOST_TEST(publisher.sent.back().id == "reloaded-soc-2000-R1");
    BOOST_TEST(announcer.dropped() == 976u);
    BOOST_TEST(log.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
