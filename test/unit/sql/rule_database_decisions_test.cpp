#include "stored_rules.hpp"

#include <algorithm>

namespace rulehost {

using namespace test;

namespace {

decision ticketed(std::string rule_id = "R1") {
    decision made(decision_effect::disable, {std::move(rule_id)});
    made.ticket = "INC-42";
    made.set_by = "ops";
    made.set_at = start;
    return made;
}

decision plain(std::string rule_id = "R1") {
    auto made = ticketed(std::move(rule_id));
    made.ticket.clear();
    return made;
}

decision stored_by(rule_database& database, decision made) {
    made.id = database.write_decision(made);
    return made;
}

decision const& value_of(stored_decision const& row) {
    return std::get<decision>(row.value);
}

std::string cell(session& client, std::string const& query) {
    auto const rows = client.query(query, 1);
    return rows.size() == 1 ? rows[0][0].value_or("NULL") : std::to_string(rows.size()) + " rows";
}

} // namespace

BOOST_AUTO_TEST_SUITE(decisions_in_a_database)

BOOST_DATA_TEST_CASE(a_decision_is_read_back_field_by_field, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open([] { return start; });
    decision wanted(decision_effect::clip, {"R02*", "name:it's 'noisy' \\"});
    wanted.confidence_max = 0.1 + 0.2;
    wanted.scope = {"src_ip=10.0.0.0/8", "user=\xc3\xa4\"\n"};
    wanted.starts_at = start + std::chrono::microseconds{1'234'567};
    wanted.ends_at = start + std::chrono::hours{1};
    wanted.reason = "it's 'noisy' \\";
    wanted.ticket = "INC-42";
    wanted.set_by = "ops";
    wanted.set_at = start;
    auto const made = stored_by(database, wanted);
    BOOST_TEST(made.id == 1u);
    auto other = with.open();
    BOOST_REQUIRE(other.find_decision(made.id));
    BOOST_TEST((other.find_decision(made.id)->made == made));
    BOOST_TEST((value_of(other.contents().decisions.at(0)) == made));
    auto const change = other.changes_after(0, 9).changes.at(0);
    BOOST_TEST((std::get<decision>(change.value) == made));
    BOOST_TEST((change.of == stored_change::table::decisions));
    BOOST_TEST(change.rule_id == "1");
    auto const row = other.history("1", 0, 9).at(0);
    BOOST_TEST(row.kind == "decision");
    BOOST_TEST(row.changed_by == "ops");
}

BOOST_DATA_TEST_CASE(every_confidence_of_a_clip_survives_exactly, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> between(0, 1);
    for (int i = 0; i < 50; ++i) {
        auto wanted = ticketed();
        wanted.effect = decision_effect::clip;
        wanted.confidence_max = i == 0 ? 0.0 : i == 1 ? 1.0 : i == 2 ? 5e-324 : between(random);
        auto const made = stored_by(database, wanted);
        BOOST_REQUIRE((database.find_decision(made.id)->made == made));
        BOOST_REQUIRE((std::get<decision>(database.changes_after(made.id - 1, 1).changes.at(0).value) == made));
    }
}

BOOST_DATA_TEST_CASE(only_a_plain_decision_on_a_rule_without_one_becomes_a_state, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open([] { return start; });
    auto const first = stored_by(database, plain());
    auto const second = stored_by(database, plain());
    auto const third = stored_by(database, ticketed("R2"));
    BOOST_REQUIRE(database.state("R1"));
    BOOST_TEST((as_decision("R1", std::get<rule_state>(database.state("R1")->value)) == first));
    BOOST_TEST(database.find_decision(first.id)->rule_id == "R1");
    BOOST_TEST(!database.state("R2"));
    auto const rows = database.decisions();
    BOOST_REQUIRE_EQUAL(rows.size(), 2u);
    BOOST_TEST((value_of(rows[0]) == second));
    BOOST_TEST((value_of(rows[1]) == third));
}

BOOST_DATA_TEST_CASE(a_damaged_state_is_not_replaced_by_a_decision, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open([] { return start; });
    database.position();
    with.database_.client().execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('R1', 'exploded')");
    stored_by(database, plain());
    BOOST_TEST(database.decisions().size() == 1u);
    BOOST_TEST(std::holds_alternative<malformed_value>(database.state("R1")->value));
}

BOOST_DATA_TEST_CASE(writers_at_the_same_time_get_a_decision_each, data::make(every_kind), kind) {
    fixture with(kind);
    with.open().position();
    constexpr int each = 20;
    std::barrier ready(2);
    auto const write = [&] {
        auto database = with.open([] { return start; });
        database.position();
        ready.arrive_and_wait();
        for (int i = 0; i < each; ++i)
            stored_by(database, i % 2 == 0 ? plain("R" + std::to_string(i)) : ticketed());
    };
    std::thread other(write);
    write();
    other.join();
    auto database = with.open();
    BOOST_TEST(database.decisions().size() + database.states().size() == 2u * each);
    BOOST_TEST(database.states().size() == each / 2u);
    BOOST_TEST(database.position().revision == 2u * each);
}

BOOST_DATA_TEST_CASE(plain_sql_makes_changes_and_ends_decisions, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    database.position();
    auto client = with.database_.client();
    client.execute("INSERT INTO ttp_rule (rule_id, yaml_content) VALUES ('R1', 'x')");
    client.execute("INSERT INTO ttp_decision (effect, rules) VALUES ('disable', '[\"R1\"]'), ('observe', '[\"R2\"]')");
    client.execute("INSERT INTO ttp_decision (decision_id, effect, rules) VALUES (2000, 'disable', '[\"R3\"]')");
    auto rows = database.decisions();
    BOOST_REQUIRE_EQUAL(rows.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        BOOST_TEST(rows[i].id == i + 2); // the revision, regardless of the given id
        BOOST_TEST(rows[i].revision == i + 2);
        BOOST_TEST(value_of(rows[i]).set_by == "sql");
        BOOST_TEST(value_of(rows[i]).set_at.has_value());
    }
    client.execute("UPDATE ttp_decision SET reason = 'later' WHERE decision_id = 3");
    BOOST_TEST(value_of(database.decisions()[1]).reason == "later");
    BOOST_TEST(database.decisions()[1].revision == 5u);
    BOOST_CHECK_THROW(client.execute("UPDATE ttp_decision SET decision_id = 9 WHERE decision_id = 3"), database_error);
    client.execute("DELETE FROM ttp_decision WHERE decision_id = 2");
    auto const changes = database.changes_after(1, 9).changes;
    BOOST_REQUIRE_EQUAL(changes.size(), 5u);
    BOOST_TEST((std::get<decision>(changes[3].value) == value_of(database.decisions()[0])));
    BOOST_TEST(changes[4].rule_id == "2");
    BOOST_TEST(std::holds_alternative<deletion>(changes[4].value));
    BOOST_TEST((changes[4].why == stored_change::cause::decision));
    BOOST_TEST(database.position().revision == 6u);
}

BOOST_AUTO_TEST_CASE(replacing_a_decision_past_its_triggers_is_refused) {
    fixture with(database_kind::sqlite);
    auto database = with.open();
    auto const made = stored_by(database, ticketed());
    auto client = with.database_.client();
    BOOST_CHECK_THROW(client.execute("INSERT OR REPLACE INTO ttp_decision (decision_id, effect, rules) VALUES (" +
                                     std::to_string(made.id) + ", 'disable', '[\"R9\"]')"),
                      database_error);
    BOOST_TEST((database.find_decision(made.id)->made == made));
}

BOOST_DATA_TEST_CASE(removed_decision_is_signed_and_given_back, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open([] { return start; });
    auto const state = stored_by(database, plain());
    auto const made = stored_by(database, ticketed());
    BOOST_TEST((database.remove_decision(made.id, "bob") == made));
    BOOST_TEST((database.remove_decision(state.id, "bob") == state));
    BOOST_TEST(!database.remove_decision(made.id, "eve"));
    BOOST_TEST(!database.remove_decision(state.id, "eve"));
    auto const rows = database.history("", 2, 9);
    BOOST_REQUIRE_EQUAL(rows.size(), 2u);
    BOOST_TEST(rows[0].kind == "decision");
    BOOST_TEST(rows[0].changed_by == "bob");
    BOOST_TEST(rows[0].detail == "");
    BOOST_TEST(rows[1].kind == "state");
    BOOST_TEST(rows[1].changed_by == "bob");
    BOOST_TEST(database.find_removal(std::to_string(made.id), "bob", made.id, "decision"));
    BOOST_TEST(!database.find_removal(std::to_string(made.id), "eve", made.id, "decision"));
    BOOST_TEST(!database.find_removal(std::to_string(made.id), "bob", made.id));
}

BOOST_DATA_TEST_CASE(a_decision_that_is_over_is_removed_once, data::make(every_kind), kind) {
    fixture with(kind);
    auto now = start;
    auto database = with.open([&] { return now; });
    auto wanted = ticketed();
    wanted.ends_at = start + std::chrono::hours{1};
    auto const made = stored_by(database, wanted);
    auto const endless = stored_by(database, ticketed());
    now += std::chrono::minutes{59};
    BOOST_TEST(!database.remove_ended(made.id));
    // A client extends it: the old end does not count.
    auto client = with.database_.client();
    client.execute("UPDATE ttp_decision SET ends_at = :1 WHERE decision_id = :2",
                   {client.dialect().time_value(start + std::chrono::hours{2}), static_cast<std::int64_t>(made.id)});
    now = start + std::chrono::minutes{61};
    BOOST_TEST(!database.remove_ended(made.id));
    now = start + std::chrono::hours{2};
    auto rival = with.open([&] { return now; });
    BOOST_TEST(rival.remove_ended(made.id));
    BOOST_TEST(!database.remove_ended(made.id));
    BOOST_TEST(!database.remove_ended(endless.id));
    auto const last = database.changes_after(0, 100).changes.back();
    BOOST_TEST(last.revision == 4u);
    BOOST_TEST((last.why == stored_change::cause::expiry));
    BOOST_TEST(std::holds_alternative<deletion>(last.value));
    BOOST_TEST(database.history("", 3, 9).at(0).kind == "decision_expiry");
}

BOOST_DATA_TEST_CASE(a_decision_that_is_over_ends_as_that, data::make(every_kind), kind) {
    fixture with(kind);
    auto now = start;
    auto database = with.open([&] { return now; });
    auto wanted = ticketed();
    wanted.ends_at = start + std::chrono::hours{1};
    auto const made = stored_by(database, wanted);
    now += std::chrono::hours{1};
    BOOST_TEST(!database.remove_decision(made.id, "bob"));
    BOOST_TEST(database.history("", 1, 9).at(0).kind == "decision_expiry");
}

BOOST_DATA_TEST_CASE(a_decision_whose_answer_was_lost_is_found_again, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open([] { return start; });
    auto const earlier = stored_by(database, ticketed());
    auto const made = stored_by(database, ticketed());
    auto const state = stored_by(database, plain());
    auto const ended = stored_by(database, ticketed("R2"));
    auto const cleared = stored_by(database, plain("R2"));
    database.remove_decision(ended.id, "bob");
    database.remove_decision(cleared.id, "bob");
    auto const found = [&](decision wanted, revision after) {
        wanted.id = 0;
        return database.find_written(std::move(wanted), after).value_or(0);
    };
    BOOST_TEST(found(made, earlier.id) == made.id);
    BOOST_TEST(found(state, earlier.id) == state.id);
    BOOST_TEST(found(ended, earlier.id) == ended.id); // in the history only
    BOOST_TEST(found(cleared, earlier.id) == cleared.id);
    BOOST_TEST(found(made, made.id) == 0u);
    auto never = made;
    never.reason = "never";
    BOOST_TEST(found(never, 0) == 0u);
}

BOOST_DATA_TEST_CASE(a_garbled_decision_is_reported_and_harms_no_other, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    auto const good = stored_by(database, ticketed());
    auto client = with.database_.client();
    auto const insert = [&](std::string const& columns, std::string const& values) {
        client.execute("INSERT INTO ttp_decision (" + columns + ") VALUES (" + values + ")");
    };
    insert("effect, rules", "'explode', '[\"R1\"]'");
    insert("effect, rules", "'disable', 'R1'");
    insert("effect, rules", "'disable', '[\"R1\", 7]'");
    insert("effect, rules, scope", "'disable', '[\"R1\"]', ''");
    insert("effect, rules, confidence_max", "'clip', '[\"R1\"]', 17");
    insert("effect, rules", "'disable', '[]'");
    auto const changes = database.changes_after(1, 100).changes;
    BOOST_REQUIRE_EQUAL(changes.size(), 6u);
    BOOST_TEST(why(changes[0]) == "unknown effect 'explode'; known are disable, clip and observe");
    BOOST_TEST(why(changes[1]) == "rules 'R1' is not a JSON list of texts");
    BOOST_TEST(why(changes[2]) == "rules '[\"R1\", 7]' is not a JSON list of texts");
    BOOST_TEST(why(changes[3]) == "scope '' is not a JSON list of texts");
    BOOST_TEST(why(changes[4]) == "confidence_max must be between 0 and 1");
    BOOST_TEST(why(changes[5]) == "a decision names at least one rule");
    auto const rows = database.contents().decisions;
    BOOST_REQUIRE_EQUAL(rows.size(), 7u);
    BOOST_TEST((value_of(rows[0]) == good));
    BOOST_TEST(std::ranges::all_of(rows.begin() + 1, rows.end(), [](stored_decision const& row) {
        return std::holds_alternative<malformed_value>(row.value);
    }));
    BOOST_TEST(!database.former_decision(3));
    client.execute("UPDATE ttp_decision SET effect = 'explode' WHERE decision_id = 1");
    BOOST_TEST((database.former_decision(good.id) == good));
    BOOST_TEST(database.remove_decision(3, "bob").has_value()); // so it is repaired
    BOOST_TEST(database.decisions().size() == 6u);
}

BOOST_DATA_TEST_CASE(the_view_has_what_stands_in_both_tables, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    auto const now = database.clock();
    auto const state = stored_by(database, plain("R1"));
    auto brief = ticketed("R2");
    brief.ends_at = now - std::chrono::hours{1};
    stored_by(database, brief);
    auto later = ticketed("R3");
    later.starts_at = now + std::chrono::hours{1};
    later.ends_at = now + std::chrono::hours{2};
    auto const made = stored_by(database, later);
    auto over = rule_state::clipped(0.5, "", now - std::chrono::hours{1});
    written(database, "R4", decided(over));
    written(database, "R5", decided(rule_state()));
    auto client = with.database_.client();
    auto const rows = client.query(
        "SELECT decision_id, rules, effect, scope, ticket FROM ttp_standing_decision ORDER BY decision_id", 5);
    BOOST_REQUIRE_EQUAL(rows.size(), 2u);
    BOOST_TEST(rows[0][0].value() == std::to_string(state.id));
    BOOST_TEST(rows[0][1].value() == "[\"R1\"]");
    BOOST_TEST(rows[0][2].value() == "disable");
    BOOST_TEST(rows[0][3].value() == "[]");
    BOOST_TEST(rows[1][0].value() == std::to_string(made.id));
    BOOST_TEST(rows[1][1].value() == "[\"R3\"]");
    BOOST_TEST(rows[1][4].value() == "INC-42");
    BOOST_TEST(cell(client, "SELECT confidence_max FROM ttp_standing_decision WHERE ends_at IS NULL") == "NULL");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
