// The effect of operators' decisions on tags.
#include "engine/decision_index.hpp"

#include <rulehost/engine.hpp>

#include "support/definitions.hpp"
#include "support/events.hpp"
#include "support/live_engine.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

using test::command;
using test::definition_of;
using test::make_event;
using test::noon;
using test::rule_matching;

namespace {

using namespace std::chrono_literals;

struct decisions_fixture : test::live_engine {
    decision_id decide(decision made) {
        made.id = newest + 1;
        made.set_by = "ops";
        host.apply(rule_change(++newest, decision_change{made.id, made}));
        return made.id;
    }
    decision_id disable(std::string selector, std::vector<std::string> scope = {}) {
        decision made(decision_effect::disable, {std::move(selector)});
        made.scope = std::move(scope);
        return decide(std::move(made));
    }
    decision_id clip(std::string selector, double max) {
        decision made(decision_effect::clip, {std::move(selector)});
        made.confidence_max = max;
        return decide(std::move(made));
    }
    void end(decision_id id) { host.apply(rule_change(++newest, decision_change{id, std::nullopt})); }
    void set(std::string const& rule_id, rule_state state) {
        state.revision = newest + 1;
        host.apply(rule_change(++newest, rule_id, std::move(state)));
    }

    std::vector<std::string> techniques(event const& e, time_point now = noon) {
        std::vector<std::string> ids;
        auto const found = host.evaluate(e, now).value();
        for (auto const& each : found.tags)
            ids.push_back(technique_of(each));
        return ids;
    }
    bool tags(event const& e, time_point now = noon) { return !techniques(e, now).empty(); }
};

std::shared_ptr<rule_definition const> two_techniques() {
    return definition_of("rule_id: R2\nname: SSH key planted\napplies_to: [command]\nmatch: {pattern: keys}\nemits:\n"
                         "  - {technique_id: T1098, sub_technique_id: T1098.004, tactic: TA0003, confidence: 0.8}\n"
                         "  - {technique_id: T1105, tactic: TA0011, confidence: 0.7}\n");
}

event login(std::string const& address, std::string const& session = "s1") {
    auto e = make_event("command", R"({"command_text": "wget x", "user": {"name": "root"}, "ports": [22, 2222]})");
    e.payload["src_ip"] = address;
    e.session_id = session;
    e.decky_id = "sensor-1";
    return e;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(decisions_in_the_engine, decisions_fixture)

BOOST_AUTO_TEST_CASE(two_decisions_stand_and_the_end_of_one_leaves_the_other) {
    add(rule_matching("{pattern: wget}"));
    auto const first = disable("R1");
    auto const second = disable("R1");
    BOOST_TEST(!tags(command("wget x")));
    end(second);
    BOOST_TEST(!tags(command("wget x")));
    end(first);
    BOOST_TEST(tags(command("wget x")));
}

BOOST_AUTO_TEST_CASE(a_decision_stands_beside_the_state_of_the_rule) {
    add(rule_matching("{pattern: wget}"));
    set("R1", rule_state::disabled("noisy", noon + 1h));
    decision later(decision_effect::disable, {"R1"});
    later.ends_at = noon + 4h;
    decide(later);
    BOOST_TEST(!tags(command("wget x"), noon));
    BOOST_TEST(!tags(command("wget x"), noon + 1h));
    BOOST_TEST(tags(command("wget x"), noon + 4h));
}

BOOST_AUTO_TEST_CASE(the_lowest_clip_counts_and_a_disable_is_stronger) {
    add(rule_matching("{pattern: wget}"));
    clip("R1", 0.6);
    auto const low = clip("R1", 0.4);
    set("R1", rule_state::clipped(0.5, "noisy"));
    auto const clipped = host.evaluate(command("wget x"), noon).value().tags;
    BOOST_REQUIRE_EQUAL(clipped.size(), 1u);
    BOOST_TEST(clipped.front().confidence == 0.4);
    BOOST_TEST(clipped.front().clipped_from.value() == 0.9);
    end(low);
    BOOST_TEST(host.evaluate(command("wget x"), noon).value().tags.front().confidence == 0.5);
    disable("R1");
    BOOST_TEST(!tags(command("wget x")));
}

BOOST_AUTO_TEST_CASE(withheld_hit_names_the_decision) {
    add(rule_matching("{pattern: wget}"));
    set("R1", rule_state::disabled("noisy"));
    auto const of_state = newest;
    BOOST_TEST(host.evaluate(command("wget x"), noon).value().withheld.front().by == of_state);
    auto const newer = disable("R*");
    BOOST_TEST(host.evaluate(command("wget x"), noon).value().withheld.front().by == newer);
    set("R1", rule_state());
    end(newer);
    auto const low = clip("R1", 0.1);
    auto const below = host.evaluate(command("wget x"), noon).value();
    BOOST_REQUIRE_EQUAL(below.withheld.size(), 1u);
    BOOST_TEST((below.withheld.front().why == evaluation::withheld_hit::cause::below_floor));
    BOOST_TEST(below.withheld.front().by == low);
    BOOST_TEST(host.statistics().front().withheld == 3u);
}

BOOST_AUTO_TEST_CASE(a_decision_counts_from_its_start_to_its_end_by_the_clock_of_expiries) {
    add(rule_matching("{pattern: wget}"));
    expiry_clock ahead;
    ahead.set_ahead(1h);
    host.expire_by(ahead);
    decision planned(decision_effect::disable, {"R1"});
    planned.starts_at = noon + 2h;
    planned.ends_at = noon + 3h;
    decide(planned);
    BOOST_TEST(tags(command("wget x"), noon + 59min));
    BOOST_TEST(!tags(command("wget x"), noon + 60min));
    BOOST_TEST(tags(command("wget x"), noon + 120min));
}

struct selection {
    char const* selector;
    std::vector<std::string> left; ///< of the two techniques

    friend std::ostream& operator<<(std::ostream& out, selection const& each) { return out << each.selector; }
};

selection const selections[] = {
    {"R2", {}},
    {"R?", {}},
    {"r2", {"T1098.004", "T1105"}}, // ids are case-sensitive
    {"R20*", {"T1098.004", "T1105"}},
    {"name:ssh*PLANTED", {}},
    {"name:planted", {"T1098.004", "T1105"}},
    {"technique:T1105", {"T1098.004"}},
    {"technique:T1098", {"T1105"}}, // with its sub-techniques
    {"technique:T1098.004", {"T1105"}},
    {"technique:T1098.001", {"T1098.004", "T1105"}},
    {"tactic:TA0003", {"T1105"}},
};

BOOST_DATA_TEST_CASE(a_selector_chooses_rules_or_tags_of_techniques, boost::unit_test::data::make(selections), one) {
    add(two_techniques());
    disable(one.selector);
    BOOST_TEST(techniques(command("keys")) == one.left, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_selector_is_about_rules_that_come_later) {
    disable("R*");
    add(rule_matching("{pattern: wget}"));
    BOOST_TEST(!tags(command("wget x")));
}

struct scoping {
    std::vector<std::string> scope;
    bool covers;

    friend std::ostream& operator<<(std::ostream& out, scoping const& each) {
        for (auto const& term : each.scope)
            out << term << ' ';
        return out;
    }
};

scoping const scopings[] = {
    {{"src_ip=10.0.0.0/8"}, true},
    {{"src_ip=10.1.2.3"}, true},
    {{"src_ip=10.1.2.2/31"}, true},
    {{"src_ip=10.1.2.4/31"}, false},
    {{"src_ip=0.0.0.0/0"}, true},
    {{"src_ip=::/0"}, false},
    {{"session_id=s1"}, true},
    {{"session_id=s2"}, false},
    {{"decky_id=sensor-1"}, true},
    {{"source_kind=command"}, true},
    {{"source_kind=http_request"}, false},
    {{"user.name=root"}, true},
    {{"user.name=admin"}, false},
    {{"ports=2222"}, true}, // an element of a list, a number
    {{"ports=222"}, false},
    {{"absent=x"}, false},
    {{"src_ip=10.0.0.0/8", "user.name=root"}, true},
    {{"src_ip=10.0.0.0/8", "user.name=admin"}, false},
    {{"src_ip=11.0.0.0/8", "user.name=root"}, false},
    {{"src_ip=10.0.0.0/8", "src_ip=10.1.0.0/16"}, true},
};

BOOST_DATA_TEST_CASE(a_scope_covers_events_that_fit_every_condition, boost::unit_test::data::make(scopings), one) {
    add(rule_matching("{pattern: wget}"));
    disable("R1", one.scope);
    BOOST_TEST(tags(login("10.1.2.3")) == !one.covers);
    BOOST_TEST(tags(command("wget x")) == (one.scope.front() != "source_kind=command"));
}

BOOST_AUTO_TEST_CASE(a_network_of_ipv6_and_an_address_that_wraps_ipv4) {
    add(rule_matching("{pattern: wget}"));
    disable("R1", {"src_ip=2001:db8::/32"});
    disable("R1", {"src_ip=192.0.2.0/24"});
    BOOST_TEST(!tags(login("2001:db8::1")));
    BOOST_TEST(tags(login("2001:db9::1")));
    BOOST_TEST(!tags(login("::ffff:192.0.2.9")));
    BOOST_TEST(tags(login("not an address")));
}

BOOST_AUTO_TEST_CASE(of_many_scoped_decisions_exactly_the_right_ones_count) {
    add(rule_matching("{pattern: wget}"));
    for (int i = 0; i != 250; ++i) {
        auto const number = std::to_string(i);
        disable("R1", {"src_ip=10.0." + number + ".0/24"});
        disable("R1", {"session_id=s" + number, "src_ip=172.16.0.0/12"});
    }
    BOOST_TEST(!tags(login("10.0.7.99", "other")));
    BOOST_TEST(tags(login("10.1.7.99", "s7")));
    BOOST_TEST(!tags(login("172.16.9.9", "s7")));
    BOOST_TEST(tags(login("172.16.9.9", "s999")));
}

BOOST_AUTO_TEST_CASE(an_event_that_repeats_a_value_costs_no_more) {
    add(rule_matching("{pattern: wget}"));
    disable("R1", {"user.name=root", "host=absent"});
    auto e = make_event("command", R"({"command_text": "wget x", "user": [], "host": []})");
    for (int i = 0; i != 200'000; ++i) {
        e.payload["user"].as_array().push_back(boost::json::object{{"name", "root"}});
        e.payload["host"].as_array().push_back(boost::json::value("other"));
    }
    BOOST_TEST(tags(e)); // in quadratic time this would take minutes
    disable("R1", {"host=other"});
    BOOST_TEST(!tags(e));
}

BOOST_AUTO_TEST_CASE(a_stored_tag_is_judged_by_its_members) {
    auto const made = [&](std::vector<std::string> scope) {
        decision about(decision_effect::disable, {"technique:T1105"});
        about.id = 3;
        about.scope = std::move(scope);
        return decision_index({{3, about}});
    };
    add(rule_matching("{pattern: wget}"));
    auto const found = host.evaluate(login("10.1.2.3"), noon).value().tags.front();
    BOOST_TEST(about_tag(made({}), found, noon).disabled);
    BOOST_TEST(about_tag(made({"src_ip=10.0.0.0/8", "session_id=s1"}), found, noon).disabled);
    BOOST_TEST(!about_tag(made({"src_ip=11.0.0.0/8"}), found, noon).disabled);
    BOOST_TEST(!about_tag(made({"user.name=root"}), found, noon).disabled);
}

BOOST_AUTO_TEST_CASE(observed_tags_are_marked) {
    add(rule_matching("{pattern: wget}"));
    BOOST_TEST(!host.evaluate(command("wget x"), noon).value().tags.front().observe);
    auto const id = decide(decision(decision_effect::observe, {"R1"}));
    BOOST_TEST(host.evaluate(command("wget x"), noon).value().tags.front().observe);
    end(id);
    BOOST_TEST(!host.evaluate(command("wget x"), noon).value().tags.front().observe);
}

BOOST_AUTO_TEST_CASE(a_rule_is_observed_by_its_text_until_the_line_is_removed) {
    auto const text = [](std::string const& line) {
        return "rule_id: R1\nname: a\napplies_to: [command]\n" + line +
            "match: {pattern: wget}\nemits: [{tactic: TA0011, technique_id: T1105, confidence: 0.9}]\n";
    };
    add(definition_of(text("status: observe\n")));
    auto const made = host.evaluate(command("wget x"), noon).value().tags;
    BOOST_REQUIRE_EQUAL(made.size(), 1u);
    BOOST_TEST(made.front().observe);
    BOOST_TEST(made.front().confidence == 0.9);
    auto const observed_digest = host.digest();

    auto const clipped = clip("R1", 0.5);
    BOOST_TEST(host.evaluate(command("wget x"), noon).value().tags.front().observe);
    BOOST_TEST(host.evaluate(command("wget x"), noon).value().tags.front().confidence == 0.5);
    auto const silent = disable("R1");
    BOOST_TEST(!tags(command("wget x")));
    end(silent);
    end(clipped);
    BOOST_TEST(host.digest() == observed_digest);

    add(definition_of(text("")));
    BOOST_TEST(!host.evaluate(command("wget x"), noon).value().tags.front().observe);
    BOOST_TEST(host.digest() != observed_digest);
    add(definition_of(text("status: stable\n")));
    BOOST_TEST(!host.evaluate(command("wget x"), noon).value().tags.front().observe);
}

BOOST_AUTO_TEST_CASE(an_engine_that_keeps_withheld_tags_gives_them_as_they_would_be) {
    engine_options options;
    options.keep_withheld = true;
    engine keeping(options);
    revision at = 0;
    auto const rule = two_techniques();
    keeping.apply(rule_change(++at, rule->rule_id, rule));
    auto const free = keeping.evaluate(command("keys"), noon).value();
    decision silent(decision_effect::disable, {"technique:T1105"});
    silent.id = ++at;
    keeping.apply(rule_change(at, decision_change{silent.id, silent}));
    decision low(decision_effect::clip, {"technique:T1098"});
    low.confidence_max = 0.1;
    low.id = ++at;
    keeping.apply(rule_change(at, decision_change{low.id, low}));

    auto const e = command("keys");
    auto const kept = keeping.evaluate(e, noon).value();
    BOOST_REQUIRE_EQUAL(kept.tags.size(), 2u);
    BOOST_TEST(kept.tags[0].withheld_by == low.id);
    BOOST_TEST(kept.tags[0].confidence == free.tags[0].confidence);
    BOOST_TEST(!kept.tags[0].clipped_from.has_value());
    BOOST_TEST(kept.tags[1].withheld_by == silent.id);
    BOOST_TEST(kept.tags[1].confidence == free.tags[1].confidence);
    BOOST_TEST(kept.withheld.size() == 2u);
    BOOST_TEST(keeping.statistics().front().tags == 2u); // the tags of the first event
    // The reused memory of a withheld tag does not withhold a tag of the next event.
    keeping.apply(rule_change(++at, decision_change{silent.id, std::nullopt}));
    evaluation reused;
    for (int i = 0; i != 2; ++i)
        BOOST_TEST((keeping.evaluate(e, noon, reused) == refusal::none));
    BOOST_TEST(reused.tags[1].withheld_by == 0u);
}

BOOST_AUTO_TEST_CASE(below_the_floor_without_a_decision_is_no_withheld_tag) {
    engine_options options;
    options.keep_withheld = true;
    options.confidence_floor = 0.95;
    engine keeping(options);
    auto const rule = rule_matching("{pattern: wget}");
    keeping.apply(rule_change(1, rule->rule_id, rule));
    auto const result = keeping.evaluate(command("wget x"), noon).value();
    BOOST_TEST(result.tags.empty());
    BOOST_REQUIRE_EQUAL(result.withheld.size(), 1u);
    BOOST_TEST(result.withheld.front().by == 0u);
}

BOOST_AUTO_TEST_CASE(a_snapshot_brings_decisions_and_the_digest_covers_them) {
    auto const rule = std::make_shared<compiled_rule const>(rule_matching("{pattern: wget}"), rule_state());
    rule_snapshot snapshot;
    snapshot.revision = 5;
    snapshot.rules = {rule};
    host.replace(snapshot);
    auto const before = host.digest();
    decision made(decision_effect::disable, {"R1"});
    made.id = 4;
    snapshot.decisions.emplace(4, made);
    host.replace(snapshot);
    BOOST_TEST(!tags(command("wget x")));
    BOOST_TEST(host.digest() != before);
    newest = 5;
    end(4);
    BOOST_TEST(host.digest() == before);
    BOOST_TEST(tags(command("wget x")));
}

BOOST_AUTO_TEST_CASE(a_window_keeps_the_decisions_of_its_event) {
    add(rule_matching("{window: {of: {pattern: wget}, count: {at_least: 2}, within: 1m, group_by: [session_id]}}",
                      "R3"));
    evaluation result;
    window_feed later;
    BOOST_TEST((host.evaluate_ahead(login("10.1.2.3"), noon, result, later) == refusal::none));
    host.feed_windows(std::move(later), result);
    auto const id = disable("R3");
    BOOST_TEST((host.evaluate_ahead(login("10.1.2.3"), noon, result, later) == refusal::none));
    end(id);
    host.feed_windows(std::move(later), result);
    BOOST_TEST(result.tags.empty());
    BOOST_TEST(result.withheld.size() == 1u);
}

BOOST_AUTO_TEST_CASE(explain_names_the_decision) {
    add(two_techniques());
    auto const id = disable("technique:T1105");
    auto const explained = host.explain("R2", command("keys"), noon);
    BOOST_TEST(explained.at("verdict") == "tags");
    auto const& emissions = explained.at("emissions").as_array();
    BOOST_TEST(emissions.at(0).at("disabled") == false);
    BOOST_TEST(emissions.at(0).at("decided_by").is_null());
    BOOST_TEST(emissions.at(1).at("disabled") == true);
    BOOST_TEST(emissions.at(1).at("decided_by") == id);
    disable("R2");
    BOOST_TEST(host.explain("R2", command("keys"), noon).at("verdict") == "no tag: a decision disables it");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
