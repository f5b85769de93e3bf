#include "stored_rules.hpp"

namespace rulehost {

using namespace test;

namespace {

rule_pin pin_to(revision to, std::string by = "ops") {
    rule_pin pin;
    pin.rule_id = "R1";
    pin.to = to;
    pin.reason = "noisy";
    pin.set_by = std::move(by);
    return pin;
}

/// A rule with the texts "one" at revision 1 and "two" at revision 2, which its file has.
void write_two_texts(rule_database& database) {
    database.write_rule(rule("R1", "one"), 1, "h1");
    database.write_rule(rule("R1", "two"), 2, "h2");
}

std::string text_in_row(rule_database& database) {
    auto const rules = database.rules();
    return rules.empty() ? "none" : rules.at(0).yaml_content;
}

std::vector<rule_pin> standing(rule_database& database) {
    auto pins = database.pins("");
    std::erase_if(pins, [](rule_pin const& each) { return each.ended_at.has_value(); });
    return pins;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rule_database_pins)

BOOST_DATA_TEST_CASE(rollback_writes_the_text_and_the_pin_at_once, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    write_two_texts(database);
    BOOST_TEST(database.roll_back(pin_to(1), rule("R1", "one"), 1, "h1") == 3u);
    BOOST_TEST(database.roll_back(pin_to(1), rule("R1", "one"), 1, "h1") == 3u); // when the answer was lost
    auto const rows = database.rules();
    BOOST_REQUIRE_EQUAL(rows.size(), 1u);
    BOOST_TEST(rows[0].yaml_content == "one");
    BOOST_TEST(rows[0].updated_by == "author"); // it is still the row of its projection
    BOOST_TEST(rows[0].revision == 3u);
    auto const pins = standing(database);
    BOOST_REQUIRE_EQUAL(pins.size(), 1u);
    BOOST_TEST(pins[0].rule_id == "R1");
    BOOST_TEST((pins[0].to == 1u && pins[0].revision == 3u));
    BOOST_TEST(pins[0].file_hash == "h2");
    BOOST_TEST((pins[0].reason == "noisy" && pins[0].set_by == "ops" && !pins[0].ended_at));
    auto const last = database.history("R1", 2, 10);
    BOOST_REQUIRE_EQUAL(last.size(), 1u);
    BOOST_TEST((last[0].kind == "definition" && last[0].changed_by == "ops"));
}

BOOST_DATA_TEST_CASE(pinned_rule_stays_until_its_file_has_another_text, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    write_two_texts(database);
    database.roll_back(pin_to(1), rule("R1", "one"), 1, "h1");
    BOOST_TEST(database.write_rule(rule("R1", "two"), 2, "h2") == 3u);
    BOOST_TEST(text_in_row(database) == "one");
    BOOST_TEST(database.write_rule(rule("R1", "three"), 3, "h3") == 4u);
    BOOST_TEST(text_in_row(database) == "three");
    BOOST_TEST(standing(database).empty());
    auto const all = database.pins("R1");
    BOOST_REQUIRE_EQUAL(all.size(), 1u);
    BOOST_TEST(all[0].ended_at.has_value());
    BOOST_TEST(all[0].ended_by == "author");
    BOOST_TEST(database.write_rule(rule("R1", "two"), 2, "h2") == 5u); // the pin is over for good
}

BOOST_DATA_TEST_CASE(file_that_gets_the_pinned_text_ends_the_pin_without_a_change, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    write_two_texts(database);
    database.roll_back(pin_to(1), rule("R1", "one"), 1, "h1");
    BOOST_TEST(database.write_rule(rule("R1", "one"), 1, "h1") == 3u);
    BOOST_TEST(standing(database).empty());
}

BOOST_DATA_TEST_CASE(unpinned_rule_is_its_files_again, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    write_two_texts(database);
    BOOST_TEST(!database.unpin("R1", "ops"));
    database.roll_back(pin_to(1), rule("R1", "one"), 1, "h1");
    BOOST_TEST(database.unpin("R1", "ops"));
    BOOST_TEST(!database.unpin("R1", "ops"));
    BOOST_TEST(database.write_rule(rule("R1", "two"), 2, "h2") == 4u);
}

BOOST_DATA_TEST_CASE(second_rollback_keeps_what_the_file_was, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    write_two_texts(database);
    database.write_rule(rule("R1", "three"), 3, "h3");
    database.roll_back(pin_to(1), rule("R1", "one"), 1, "h1");
    BOOST_TEST(database.roll_back(pin_to(2, "boss"), rule("R1", "two"), 2, "h2") == 5u);
    auto const pins = standing(database);
    BOOST_REQUIRE_EQUAL(pins.size(), 1u);
    BOOST_TEST((pins[0].to == 2u && pins[0].file_hash == "h3"));
    auto const all = database.pins("R1");
    BOOST_REQUIRE_EQUAL(all.size(), 2u);
    BOOST_TEST(all[0].ended_by == "boss");
    BOOST_TEST(database.write_rule(rule("R1", "three"), 3, "h3") == 5u);
}

BOOST_DATA_TEST_CASE(text_that_the_row_holds_is_not_rolled_back_to, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    write_two_texts(database);
    BOOST_TEST(database.roll_back(pin_to(2), rule("R1", "two"), 2, "h2") == 0u);
    BOOST_TEST(standing(database).empty());
    BOOST_TEST(database.position().revision == 2u);
}

BOOST_DATA_TEST_CASE(deletion_ends_a_pin_and_rollback_brings_a_deleted_rule_back, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    write_two_texts(database);
    database.roll_back(pin_to(1), rule("R1", "one"), 1, "h1");
    BOOST_TEST(database.remove_rule("R1", "author")); // its file went
    BOOST_TEST(standing(database).empty());
    BOOST_TEST(database.roll_back(pin_to(2), rule("R1", "two"), 2, "h2") == 5u);
    BOOST_TEST(database.rules().at(0).updated_by == "ops"); // of no projection: none deletes it
    BOOST_TEST(standing(database).at(0).file_hash.empty());
    BOOST_TEST(database.write_rule(rule("R1", "two"), 2, "h2") == 6u); // its file is back
    BOOST_TEST(standing(database).empty());
}

BOOST_DATA_TEST_CASE(row_that_was_deleted_by_hand_does_not_stay_away_for_its_pin, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    write_two_texts(database);
    database.roll_back(pin_to(1), rule("R1", "one"), 1, "h1");
    with.database_.client().execute("DELETE FROM ttp_rule");
    database.write_rule(rule("R1", "two"), 2, "h2");
    BOOST_TEST(text_in_row(database) == "two");
    BOOST_TEST(standing(database).empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
