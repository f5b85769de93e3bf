#include "stored_rules.hpp"

namespace rulehost {

using namespace test;

BOOST_AUTO_TEST_SUITE(states_in_a_database)

BOOST_DATA_TEST_CASE(a_state_is_read_back_field_by_field, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open([] { return start; });
    auto const stored = written(
        database, "R1",
        decided(rule_state::clipped(0.1 + 0.2, "it's 'noisy' \\", start + std::chrono::microseconds{1'234'567})));
    BOOST_TEST((stored.set_at == start));
    BOOST_TEST(stored.revision == 1u);
    auto other = with.open();
    auto const read = other.state("R1");
    BOOST_REQUIRE(read);
    BOOST_TEST((std::get<rule_state>(read->value) == stored));
    BOOST_TEST((std::get<rule_state>(other.contents().states.at(0).value) == stored));
    BOOST_TEST((std::get<rule_state>(other.changes_after(0, 9).changes.at(0).value) == stored));
}

BOOST_DATA_TEST_CASE(every_confidence_survives_exactly, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> between(0, 1);
    for (int i = 0; i < 200; ++i) {
        auto const confidence = i == 0 ? 0.0 : i == 1 ? 1.0 : i == 2 ? 5e-324 : between(random);
        auto const stored = written(database, "R1", decided(rule_state::clipped(confidence, "")));
        auto const page = database.changes_after(stored.revision - 1, 1);
        BOOST_REQUIRE((std::get<rule_state>(database.state("R1")->value).confidence_max == confidence));
        BOOST_REQUIRE((std::get<rule_state>(page.changes.at(0).value).confidence_max == confidence));
    }
}

BOOST_DATA_TEST_CASE(a_decision_about_another_state_is_refused, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    auto const first =
        std::get<rule_state>(database.write_state("R1", decided(rule_state::disabled("a")), revision{0}));
    auto const second = written(database, "R1", decided(rule_state::disabled("b")));
    auto const refused = database.write_state("R1", decided(rule_state::disabled("c")), first.revision);
    BOOST_REQUIRE(std::holds_alternative<rule_database::conflict>(refused));
    BOOST_TEST((std::get<rule_database::conflict>(refused).current == second));
    BOOST_TEST(std::holds_alternative<rule_database::conflict>(database.remove_state("R1", "x", first.revision)));
    BOOST_TEST(database.position().revision == 2u);
    BOOST_TEST(std::holds_alternative<rule_state>(database.remove_state("R1", "x", second.revision)));
}

BOOST_DATA_TEST_CASE(an_expiry_removes_only_the_state_that_expired, data::make(every_kind), kind) {
    fixture with(kind);
    auto now = start;
    auto database = with.open([&] { return now; });
    auto const first = written(database, "R1", decided(rule_state::disabled("a", start + std::chrono::hours{1})));
    BOOST_TEST(!database.remove_expired("R1", first.revision));
    now += std::chrono::minutes{59};
    auto const newer = written(database, "R1", decided(rule_state::disabled("b", now + std::chrono::hours{1})));
    now += std::chrono::hours{1};
    BOOST_TEST(!database.remove_expired("R1", first.revision));
    auto rival = with.open([&] { return now; });
    BOOST_TEST(rival.remove_expired("R1", newer.revision));
    BOOST_TEST(!database.remove_expired("R1", newer.revision));
    auto const last = database.changes_after(0, 100).changes.back();
    BOOST_TEST(last.revision == 3u);
    BOOST_TEST((last.why == stored_change::cause::expiry));
    BOOST_TEST((std::get<rule_state>(last.value) == rule_state()));
}

BOOST_DATA_TEST_CASE(a_decision_after_an_expiry_leaves_the_revert_in_the_history, data::make(every_kind), kind) {
    fixture with(kind);
    auto now = start;
    auto database = with.open([&] { return now; });
    written(database, "R1", decided(rule_state::disabled("a", start + std::chrono::hours{1})));
    now += std::chrono::hours{1};
    BOOST_TEST(std::get<rule_state>(database.remove_state("R1", "bob", revision{0})).revision == 0u);
    auto const changes = database.changes_after(1, 100).changes;
    BOOST_REQUIRE_EQUAL(changes.size(), 1u);
    BOOST_TEST((changes[0].why == stored_change::cause::expiry));
    BOOST_TEST(!database.state("R1"));
}

BOOST_DATA_TEST_CASE(a_write_whose_answer_was_lost_is_found_again, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open([] { return start; });
    auto const stored = written(database, "R1", decided(rule_state::clipped(1.0 / 3, "a")));
    written(database, "R1", decided(rule_state::disabled("b")));
    auto wanted = stored;
    wanted.revision = 0;
    BOOST_TEST(database.find_write("R1", wanted).value() == stored.revision);
    wanted.reason = "never";
    BOOST_TEST(!database.find_write("R1", wanted));
}

BOOST_DATA_TEST_CASE(a_garbled_state_is_reported_and_harms_no_other, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    written(database, "R1", decided(rule_state::disabled("good")));
    auto client = with.database_.client();
    client.execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('R2', 'exploded')");
    client.execute("INSERT INTO ttp_rule_state (rule_id, state, confidence_max) VALUES ('R3', 'clipped', 17)");
    client.execute("INSERT INTO ttp_rule_state (rule_id, state, set_by) VALUES ('R4', 'disabled', '')");
    auto const page = database.changes_after(0, 100);
    BOOST_REQUIRE_EQUAL(page.changes.size(), 4u);
    BOOST_TEST(why(page.changes[1]) == "unknown state 'exploded'; known are enabled, disabled and clipped");
    BOOST_TEST(why(page.changes[2]) == "confidence_max must be between 0 and 1");
    BOOST_TEST(why(page.changes[3]) == "set_by must name who decided");
    auto const contents = database.contents();
    BOOST_REQUIRE_EQUAL(contents.states.size(), 4u);
    BOOST_TEST(std::holds_alternative<rule_state>(contents.states[0].value));
    BOOST_TEST(std::holds_alternative<malformed_value>(contents.states[1].value));
    // A decision repairs it.
    written(database, "R2", decided(rule_state::disabled("repaired")));
    BOOST_TEST(std::holds_alternative<rule_state>(database.state("R2")->value));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
