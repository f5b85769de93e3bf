#include "stored_rules.hpp"

#include "sql/rule_history.hpp"
#include "store/database/past_rules.hpp"

#include <algorithm>

namespace rulehost {

using namespace test;

namespace {

session reader_of(fixture const& with) {
    return open_to_read(parse_database_url(with.database_.url()), version_of_rule_tables);
}

std::string texts_of(past_contents const& past) {
    std::string all;
    for (auto const& each : past.held.rules)
        all += each.rule_id + "=" + each.yaml_content + " ";
    for (auto const& each : past.held.lists)
        all += "$" + each.name + "=" + each.values + " ";
    for (auto const& each : past.held.states) {
        auto const* const state = std::get_if<rule_state>(&each.value);
        all += each.rule_id + ":" + (state ? std::string(to_string(state->status)) : "damaged") + " ";
    }
    return all;
}

std::string good_text(std::string const& pattern) {
    return "rule_id: R1\nrule_version: 1\nname: R1\napplies_to: [command]\nmatch: {field: command_text, pattern: '" +
        pattern + "'}\nemits: [{tactic: TA0007, technique_id: T1082, confidence: 0.9}]\n";
}

/// Seven changes: two rules, a list, a decision, a new text, a deletion, the decision taken back.
void live_through(rule_database& database) {
    database.write_rule(rule("R1", "one"), 1, "hash");
    database.write_rule(rule("R2", "other"), 1, "hash");
    database.write_list({"shells", "[\"sh\"]", "lists.yaml", "author", 0});
    written(database, "R1", decided(rule_state::disabled("noisy")));
    database.write_rule(rule("R1", "two"), 2, "hash2");
    database.remove_rule("R2", "author");
    database.remove_state("R1", "ops", std::nullopt);
}

} // namespace

BOOST_AUTO_TEST_SUITE(history_of_rules)

BOOST_DATA_TEST_CASE(a_store_is_known_as_it_was_at_each_revision, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    live_through(database);
    auto sql = reader_of(with);
    rule_history const history(sql);
    BOOST_TEST(history.newest() == 7u);
    BOOST_TEST(history.oldest() == 0u);
    std::vector<std::string> const expected{"",
                                            "R1=one ",
                                            "R1=one R2=other ",
                                            "R1=one R2=other $shells=[\"sh\"] ",
                                            "R1=one R2=other $shells=[\"sh\"] R1:disabled ",
                                            "R1=two R2=other $shells=[\"sh\"] R1:disabled ",
                                            "R1=two $shells=[\"sh\"] R1:disabled ",
                                            "R1=two $shells=[\"sh\"] "};
    for (revision at = 0; at <= 7; ++at) {
        auto const past = history.contents(at);
        BOOST_TEST(texts_of(past) == expected[at]);
        BOOST_TEST(past.unresolved.empty());
        BOOST_TEST(past.held.at.position.revision == at);
    }
    BOOST_TEST(history.contents(1).held.rules.at(0).source_path == "rules/R1.yaml");
}

BOOST_DATA_TEST_CASE(a_time_leads_to_the_revision_of_then, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    live_through(database);
    auto const apart = [&](int revision, std::string const& time) {
        with.database_.client().execute("UPDATE ttp_rule_change SET changed_at = '" + time +
                                        (kind == database_kind::mysql ? "" : "Z") +
                                        "' WHERE revision = " + std::to_string(revision));
    };
    for (int revision = 1; revision <= 7; ++revision)
        apart(revision, "2026-01-0" + std::to_string(revision) + "T00:00:00.000000");
    auto sql = reader_of(with);
    rule_history const history(sql);
    auto const at = [&](std::string const& text) { return history.revision_at(parse_time(text).value()); };
    BOOST_TEST(at("2026-01-03T00:00:00Z").value() == 3u);
    BOOST_TEST(at("2026-01-03T23:59:59Z").value() == 3u);
    BOOST_TEST(at("2026-03-01T00:00:00Z").value() == 7u);
    BOOST_TEST(at("2026-01-01T00:00:00Z").value() == 1u);
    BOOST_TEST(!at("2025-12-31T23:59:59Z"));
    BOOST_TEST((history.time_of(2) == parse_time("2026-01-02T00:00:00Z")));
    BOOST_TEST((history.begin() == parse_time("2026-01-01T00:00:00Z")));
}

BOOST_DATA_TEST_CASE(trimmed_history_is_reported_and_not_guessed, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    live_through(database);
    database.write_rule(rule("R3", "new"), 1, "hash");
    with.database_.client().execute("DELETE FROM ttp_rule_change WHERE revision <= 4");
    auto sql = reader_of(with);
    rule_history const history(sql);
    BOOST_TEST(history.oldest() == 4u);
    BOOST_TEST(!history.revision_at(start - std::chrono::hours{1}));
    auto const past = history.contents(5);
    // R1 has changed before, the list never changed again; R2 and the decision were removed later, R3 was added later.
    BOOST_TEST(texts_of(past) == "R1=two $shells=[\"sh\"] ");
    BOOST_TEST(past.unresolved.size() == 3u);
    for (std::string const id : {"rule R2", "rule R3", "decision on rule R1"})
        BOOST_TEST(std::ranges::any_of(past.unresolved,
                                       [&](auto const& line) { return line.starts_with(id + " before revision "); }),
                   id);
    using known = rule_history::past_text::known;
    BOOST_TEST((history.text_of("R1", 5).what == known::text));
    BOOST_TEST((history.text_of("R2", 5).what == known::unknown));
    BOOST_TEST((history.text_of("R2", 6).what == known::none));
    BOOST_TEST((history.text_of("R9", 5).what == known::none));
    BOOST_TEST(history.contents(8).unresolved.empty());
}

BOOST_DATA_TEST_CASE(an_empty_history_has_the_current_contents, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    live_through(database);
    with.database_.client().execute("DELETE FROM ttp_rule_change");
    auto sql = reader_of(with);
    rule_history const history(sql);
    BOOST_TEST(history.oldest() == 7u);
    BOOST_TEST(!history.begin());
    BOOST_TEST(texts_of(history.contents(7)) == "R1=two $shells=[\"sh\"] ");
}

BOOST_DATA_TEST_CASE(a_worker_of_then_had_the_good_text_before_a_bad_one, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    database.write_rule(rule("R1", good_text("alpha")), 1, "a");
    database.write_rule(rule("R1", "rule_id: ["), 2, "b");
    database.write_rule(rule("R1", good_text("gamma")), 3, "c");
    auto state = decided(rule_state::disabled("noisy"));
    state.expires_at = start + std::chrono::hours{1};
    database.write_state("R1", state, std::nullopt);
    auto sql = reader_of(with);
    rule_history const history(sql);
    auto const then = rules_of(history, history.contents(2), {}, start);
    BOOST_REQUIRE(then.rules.size() == 1u);
    BOOST_TEST(then.rules.front()->definition().text == good_text("alpha"));
    BOOST_TEST(then.quarantine.size() == 1u);
    auto const decided = [&](time_point at) {
        return rules_of(history, history.contents(4), {}, at).rules.at(0)->state().status;
    };
    BOOST_TEST((decided(start) == rule_status::disabled));
    BOOST_TEST((decided(start + std::chrono::hours{2}) == rule_status::enabled));
}

BOOST_DATA_TEST_CASE(decisions_of_then_are_those_that_stood, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open([] { return start; });
    decision wanted(decision_effect::disable, {"R*"});
    wanted.set_by = "ops";
    wanted.set_at = start;
    for (int i = 0; i < 3; ++i)
        database.write_decision(wanted);
    database.remove_decision(2, "ops");
    with.database_.client().execute("UPDATE ttp_decision SET reason = 'later' WHERE decision_id = 1");
    auto sql = reader_of(with);
    rule_history const history(sql);
    auto const shown = [&](revision at) {
        std::string text;
        for (auto const& [id, made] : rules_of(history, history.contents(at), {}, start).decisions)
            text += std::to_string(id) + made.reason + " ";
        return text;
    };
    BOOST_TEST(shown(1) == "1 ");
    BOOST_TEST(shown(3) == "1 2 3 ");
    BOOST_TEST(shown(4) == "1 3 ");
    BOOST_TEST(shown(5) == "1later 3 ");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
