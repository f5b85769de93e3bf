#include "sql/rule_database.hpp"
#include "sql/schema.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <barrier>
#include <random>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace rulehost {

namespace data = boost::unit_test::data;
using test::every_kind;
using test::test_database;

namespace {

time_point const start{std::chrono::seconds{1'767'225'600}};

stored_rule rule(std::string id, std::string text, std::string author = "author") {
    stored_rule made;
    made.rule_id = std::move(id);
    made.source_path = "rules/" + made.rule_id + ".yaml";
    made.yaml_content = std::move(text);
    made.updated_by = std::move(author);
    return made;
}

rule_state decision(rule_state state, std::string by = "ops") {
    state.set_by = std::move(by);
    state.set_at = start;
    return state;
}

rule_state written(rule_database& database, std::string const& id, rule_state state) {
    state.set_at = database.clock();
    return std::get<rule_state>(database.write_state(id, std::move(state), std::nullopt));
}

std::string text_of(stored_change const& change) {
    auto const* const text = std::get_if<definition_text>(&change.value);
    return text ? text->yaml_content : "(no text)";
}

std::string why(stored_change const& change) {
    auto const* const malformed = std::get_if<malformed_value>(&change.value);
    return malformed ? malformed->why : "";
}

struct fixture {
    explicit fixture(database_kind kind) : database_(kind) {}
    rule_database open(std::function<time_point()> clock = {}) {
        return rule_database(parse_database_url(database_.url()), std::move(clock));
    }
    test_database database_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(rule_databases)

BOOST_DATA_TEST_CASE(a_rule_keeps_the_authors_bytes, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    std::string const text =
        "rule_id: R1\r\nname: 'it''s \\ \"quoted\" :name ::cast %s ? $1'\n\tünïcödé \xF0\x9F\x92\xA5\n";
    BOOST_TEST(database.write_rule(rule("R1", text), 3, "hash") == 1u);
    auto const contents = database.contents();
    BOOST_REQUIRE_EQUAL(contents.rules.size(), 1u);
    BOOST_TEST(contents.rules[0].yaml_content == text);
    BOOST_TEST(contents.rules[0].source_path == "rules/R1.yaml");
    BOOST_TEST(contents.rules[0].updated_by == "author");
    BOOST_TEST(contents.rules[0].revision == 1u);
    auto const page = database.changes_after(0, 100);
    BOOST_REQUIRE_EQUAL(page.changes.size(), 1u);
    BOOST_TEST(text_of(page.changes[0]) == text);
}

BOOST_DATA_TEST_CASE(a_rule_of_a_directory_whose_name_is_no_text_is_written_like_any, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    auto const path = "rules/d\xff/" + std::string(300, 'e') + "/R1.yaml";
    for (int again = 0; again < 2; ++again)
        BOOST_TEST(database.write_rule(stored_rule{"R1", path, "a", "author"}, 1, "h") == 1u);
    auto const contents = database.contents();
    BOOST_REQUIRE_EQUAL(contents.rules.size(), 1u);
    BOOST_TEST(contents.rules[0].source_path == "rules/d\xef\xbf\xbd/" + std::string(300, 'e') + "/R1.yaml");
}

BOOST_DATA_TEST_CASE(an_unchanged_rule_is_not_rewritten, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    BOOST_TEST(database.write_rule(rule("R1", "a"), 1, "h") == 1u);
    BOOST_TEST(database.write_rule(rule("R1", "a"), 1, "h") == 1u);
    BOOST_TEST(database.position().revision == 1u);
    BOOST_TEST(database.write_rule(rule("R1", "b"), 1, "h") == 2u);
}

BOOST_DATA_TEST_CASE(a_state_is_read_back_field_by_field, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open([] { return start; });
    auto const stored = written(
        database, "R1",
        decision(rule_state::clipped(0.1 + 0.2, "it's 'noisy' \\", start + std::chrono::microseconds{1'234'567})));
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
        auto const stored = written(database, "R1", decision(rule_state::clipped(confidence, "")));
        auto const page = database.changes_after(stored.revision - 1, 1);
        BOOST_REQUIRE((std::get<rule_state>(database.state("R1")->value).confidence_max == confidence));
        BOOST_REQUIRE((std::get<rule_state>(page.changes.at(0).value).confidence_max == confidence));
    }
}

BOOST_DATA_TEST_CASE(changes_are_gapless_in_order_and_carry_each_value, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    database.write_rule(rule("R1", "one"), 1, "h");
    database.write_rule(rule("R1", "two"), 2, "h");
    written(database, "R1", decision(rule_state::disabled("noisy")));
    BOOST_TEST(database.remove_rule("R1", "somebody"));
    BOOST_TEST(!database.remove_rule("R1", "somebody"));
    database.remove_state("R1", "somebody", std::nullopt);
    database.remove_state("R1", "somebody", std::nullopt);
    auto const page = database.changes_after(0, 100);
    BOOST_TEST((page.what == change_page::history::complete));
    BOOST_REQUIRE_EQUAL(page.changes.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i)
        BOOST_TEST(page.changes[i].revision == i + 1);
    BOOST_TEST(text_of(page.changes[0]) == "one");
    BOOST_TEST(text_of(page.changes[1]) == "two");
    BOOST_TEST((std::get<rule_state>(page.changes[2].value).status == rule_status::disabled));
    BOOST_TEST(std::holds_alternative<deletion>(page.changes[3].value));
    BOOST_TEST((std::get<rule_state>(page.changes[4].value) == rule_state()));
    BOOST_TEST(database.changes_after(2, 2).changes.size() == 2u);
    BOOST_TEST(database.changes_after(5, 2).changes.empty());
}

BOOST_DATA_TEST_CASE(history_says_who_and_why, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    database.write_rule(rule("R1", "one"), 1, "h");
    written(database, "R1", decision(rule_state::disabled("noisy"), "alice"));
    database.remove_state("R1", "bob", std::nullopt);
    database.remove_rule("R1", "carol");
    written(database, "R2", decision(rule_state::disabled("x"), "dave"));
    auto const entries = database.history("R1", 0, 100);
    BOOST_REQUIRE_EQUAL(entries.size(), 4u);
    std::vector<std::string> told;
    for (auto const& entry : entries)
        told.push_back(entry.kind + " " + entry.changed_by);
    BOOST_TEST(told == (std::vector<std::string>{"definition author", "state alice", "state bob", "deletion carol"}),
               boost::test_tools::per_element());
    BOOST_TEST(entries[1].detail.find("noisy") != std::string::npos);
    BOOST_TEST((entries[1].changed_at > start));
    BOOST_TEST(database.history("", 3, 100).size() == 2u);
}

BOOST_DATA_TEST_CASE(plain_sql_writers_are_captured, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    database.position();
    auto client = with.database_.client();
    client.execute("INSERT INTO ttp_rule (rule_id, yaml_content) VALUES ('R1', 'one'), ('R2', 'zwei')");
    client.execute("UPDATE ttp_rule SET yaml_content = 'two' WHERE rule_id = 'R1'");
    client.execute("UPDATE ttp_rule SET rule_id = 'R3' WHERE rule_id = 'R1'");
    client.execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('R2', 'disabled')");
    client.execute("DELETE FROM ttp_rule");
    client.execute("DELETE FROM ttp_rule_state");
    auto const page = database.changes_after(0, 100);
    BOOST_TEST((page.what == change_page::history::complete));
    BOOST_REQUIRE_EQUAL(page.changes.size(), 9u);
    BOOST_TEST(text_of(page.changes[0]) == "one");
    BOOST_TEST(text_of(page.changes[2]) == "two");
    // A rename is a deletion and a definition, in whatever order.
    BOOST_TEST(std::holds_alternative<deletion>(page.changes[3].value) !=
               std::holds_alternative<deletion>(page.changes[4].value));
    BOOST_TEST((std::get<rule_state>(page.changes[5].value).status == rule_status::disabled));
    BOOST_TEST((std::get<rule_state>(page.changes[8].value) == rule_state()));
    BOOST_TEST(database.history("R1", 0, 100).at(1).changed_by != "author");
    BOOST_TEST(database.contents().rules.empty());
}

BOOST_AUTO_TEST_CASE(postgresql_tells_of_rows_that_were_truncated) {
    fixture with(database_kind::postgresql);
    auto database = with.open();
    database.position();
    auto client = with.database_.client();
    client.execute("INSERT INTO ttp_rule (rule_id, yaml_content) VALUES ('R1', 'a'), ('R2', 'b')");
    client.execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('R1', 'disabled')");
    client.execute("TRUNCATE ttp_rule, ttp_rule_state");
    auto const page = database.changes_after(3, 100);
    BOOST_REQUIRE(page.changes.size() == 3u);
    BOOST_TEST(std::holds_alternative<deletion>(page.changes[0].value));
    BOOST_TEST(std::holds_alternative<deletion>(page.changes[1].value));
    BOOST_TEST((std::get<rule_state>(page.changes[2].value) == rule_state()));
    BOOST_TEST((page.what == change_page::history::complete));
    BOOST_TEST(database.rules().empty());
    client.execute("TRUNCATE ttp_rule"); // of nothing is no change
    BOOST_TEST(database.position().revision == 6u);
}

BOOST_DATA_TEST_CASE(a_rollback_leaves_no_hole, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    database.write_rule(rule("R1", "one"), 1, "h");
    auto client = with.database_.client();
    {
        transaction abandoned(client, transaction::purpose::write);
        client.execute("UPDATE ttp_rule SET yaml_content = 'never'");
        client.execute("DELETE FROM ttp_rule");
    }
    BOOST_TEST(database.position().revision == 1u);
    BOOST_TEST(database.write_rule(rule("R1", "two"), 1, "h") == 2u);
    auto const page = database.changes_after(0, 100);
    BOOST_TEST((page.what == change_page::history::complete));
    BOOST_REQUIRE_EQUAL(page.changes.size(), 2u);
    BOOST_TEST(text_of(page.changes[1]) == "two");
}

// A watermark by time, or by a sequence, passes over the transaction that began first and commits last.
BOOST_DATA_TEST_CASE(a_writer_that_began_first_and_commits_last_is_not_passed_over,
                     data::make({database_kind::postgresql, database_kind::mysql}), kind) {
    fixture with(kind);
    auto database = with.open();
    database.position();
    auto early = with.database_.client();
    auto writing = std::make_unique<transaction>(early, transaction::purpose::write);
    early.query("SELECT 1", 1);
    written(database, "R2", decision(rule_state::disabled("late")));
    revision const seen = database.changes_after(0, 100).changes.back().revision;
    BOOST_TEST(seen == 1u);
    early.execute(
        "INSERT INTO ttp_rule_state (rule_id, state, set_at) VALUES ('R1', 'disabled', '2001-01-01 00:00:00')");
    writing->commit();
    auto const page = database.changes_after(seen, 100);
    BOOST_REQUIRE_EQUAL(page.changes.size(), 1u);
    BOOST_TEST(page.changes[0].rule_id == "R1");
    BOOST_TEST(page.changes[0].revision == 2u);
}

BOOST_DATA_TEST_CASE(changes_of_the_same_instant_are_told_apart, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open([] { return start; });
    for (int i = 0; i < 10; ++i)
        written(database, "R" + std::to_string(i % 2), decision(rule_state::disabled(std::to_string(i))));
    BOOST_TEST(database.changes_after(4, 100).changes.size() == 6u);
}

BOOST_DATA_TEST_CASE(a_decision_about_another_state_is_refused, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    auto const first =
        std::get<rule_state>(database.write_state("R1", decision(rule_state::disabled("a")), revision{0}));
    auto const second = written(database, "R1", decision(rule_state::disabled("b")));
    auto const refused = database.write_state("R1", decision(rule_state::disabled("c")), first.revision);
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
    auto const first = written(database, "R1", decision(rule_state::disabled("a", start + std::chrono::hours{1})));
    BOOST_TEST(!database.remove_expired("R1", first.revision));
    now += std::chrono::minutes{59};
    auto const newer = written(database, "R1", decision(rule_state::disabled("b", now + std::chrono::hours{1})));
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
    written(database, "R1", decision(rule_state::disabled("a", start + std::chrono::hours{1})));
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
    auto const stored = written(database, "R1", decision(rule_state::clipped(1.0 / 3, "a")));
    written(database, "R1", decision(rule_state::disabled("b")));
    auto wanted = stored;
    wanted.revision = 0;
    BOOST_TEST(database.find_write("R1", wanted).value() == stored.revision);
    wanted.reason = "never";
    BOOST_TEST(!database.find_write("R1", wanted));
}

BOOST_DATA_TEST_CASE(a_garbled_state_is_told_and_harms_no_other, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    written(database, "R1", decision(rule_state::disabled("good")));
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
    written(database, "R2", decision(rule_state::disabled("repaired")));
    BOOST_TEST(std::holds_alternative<rule_state>(database.state("R2")->value));
}

BOOST_AUTO_TEST_CASE(sqlite_columns_of_any_type_are_read_or_refused) {
    fixture with(database_kind::sqlite);
    auto database = with.open();
    database.position();
    auto client = with.database_.client();
    client.execute("INSERT INTO ttp_rule_state (rule_id, state, confidence_max) VALUES ('R1', 'clipped', 'high')");
    client.execute("INSERT INTO ttp_rule_state (rule_id, state, expires_at) VALUES ('R2', 'disabled', 5)");
    client.execute(
        "INSERT INTO ttp_rule_state (rule_id, state, reason) VALUES ('R3', 'disabled', CAST(x'ff00fe' AS TEXT))");
    client.execute("INSERT INTO ttp_rule (rule_id, yaml_content) VALUES ('R4', CAST(x'ff00fe' AS TEXT))");
    client.execute("INSERT INTO ttp_rule_change VALUES (5, 'R5', 'exploded', 'never', 'x', NULL)");
    client.execute("UPDATE ttp_revision SET revision = 5");
    auto const page = database.changes_after(0, 100);
    BOOST_REQUIRE_EQUAL(page.changes.size(), 5u);
    for (auto const& change : page.changes)
        BOOST_TEST(!why(change).empty(), change.rule_id << " was accepted");
    BOOST_TEST(database.contents().states.size() == 3u);
    BOOST_TEST(database.history("", 0, 100).size() == 5u);
}

BOOST_DATA_TEST_CASE(trimmed_history_is_noticed, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    for (int i = 0; i < 5; ++i)
        written(database, "R" + std::to_string(i), decision(rule_state::disabled("x")));
    auto client = with.database_.client();
    client.execute("DELETE FROM ttp_rule_change WHERE revision <= 3");
    BOOST_TEST((database.changes_after(2, 100).what == change_page::history::trimmed));
    BOOST_TEST((database.changes_after(3, 100).what == change_page::history::complete));
    BOOST_TEST(database.trim(database.clock() + std::chrono::hours{1}) == 2);
    BOOST_TEST((database.changes_after(3, 100).what == change_page::history::trimmed));
    BOOST_TEST((database.changes_after(5, 100).what == change_page::history::complete));
}

BOOST_DATA_TEST_CASE(former_texts_reach_back_to_the_deletion, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    database.write_rule(rule("R1", "before"), 1, "h");
    database.remove_rule("R1", "x");
    for (auto const* text : {"one", "two", "three"})
        database.write_rule(rule("R1", text), 1, "h");
    BOOST_TEST(database.former_texts("R1", 10) == (std::vector<std::string>{"three", "two", "one"}),
               boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_lease_has_one_holder_until_it_runs_out, data::make(every_kind), kind) {
    fixture with(kind);
    auto now = start;
    auto one = with.open([&] { return now; });
    auto two = with.open([&] { return now; });
    BOOST_TEST(one.take_lease("sync", "one", std::chrono::seconds{10}));
    BOOST_TEST(!two.take_lease("sync", "two", std::chrono::seconds{10}));
    BOOST_TEST(two.take_lease("other", "two", std::chrono::seconds{10}));
    now += std::chrono::seconds{9};
    BOOST_TEST(one.take_lease("sync", "one", std::chrono::seconds{10}));
    now += std::chrono::seconds{9};
    BOOST_TEST(!two.take_lease("sync", "two", std::chrono::seconds{10}));
    now += std::chrono::seconds{1};
    BOOST_TEST(two.take_lease("sync", "two", std::chrono::seconds{10}));
    BOOST_TEST(!one.take_lease("sync", "one", std::chrono::seconds{10}));
    one.give_lease_back("sync", "one");
    BOOST_TEST(!one.take_lease("sync", "one", std::chrono::seconds{10}));
    two.give_lease_back("sync", "two");
    BOOST_TEST(one.take_lease("sync", "one", std::chrono::seconds{10}));
}

BOOST_DATA_TEST_CASE(rule_ids_are_told_apart_byte_by_byte, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    for (auto const* id : {"R1", "r1", "R1 ", "Ŕ1", "R1'--"})
        written(database, id, decision(rule_state::disabled(id)));
    BOOST_TEST(database.contents().states.size() == 5u);
    BOOST_TEST(std::get<rule_state>(database.state("R1 ")->value).reason == "R1 ");
}

BOOST_DATA_TEST_CASE(many_first_starts_at_once_make_one_schema, data::make(every_kind), kind) {
    fixture with(kind);
    std::vector<std::thread> starts;
    std::atomic<int> failures = 0;
    for (int i = 0; i < 6; ++i)
        starts.emplace_back([&, i] {
            try {
                auto database = with.open();
                written(database, "R" + std::to_string(i), decision(rule_state::disabled("x")));
            } catch (std::exception const& error) {
                ++failures;
                std::cerr << error.what() << '\n';
            }
        });
    for (auto& each : starts)
        each.join();
    BOOST_TEST(failures == 0);
    auto database = with.open();
    BOOST_TEST(database.changes_after(0, 100).changes.size() == 6u);
}

BOOST_AUTO_TEST_CASE(who_waits_in_vain_for_another_that_makes_the_schema_makes_none) {
    fixture with(database_kind::mysql);
    auto other = with.database_.client();
    other.query(other.dialect().lock_schema, 1);
    auto late = with.database_.client();
    late.execute("SET SESSION innodb_lock_wait_timeout = 0");
    auto const in_vain = [](database_error const& error) { return error.what_kind() == database_error::kind::busy; };
    BOOST_CHECK_EXCEPTION(prepare_schema(late), database_error, in_vain);
    BOOST_TEST(late.query("SHOW TABLES", 1).empty());
    other.query(other.dialect().unlock_schema, 1);
    prepare_schema(late);
    BOOST_TEST(rule_database(parse_database_url(with.database_.url())).position().revision == 0u);
}

BOOST_AUTO_TEST_CASE(a_new_file_is_opened_by_many_at_once) {
    std::atomic<int> failures = 0;
    for (int round = 0; round < 50; ++round) {
        test_database const file(database_kind::sqlite);
        std::barrier begin(8);
        std::vector<std::thread> starts;
        for (int i = 0; i < 8; ++i)
            starts.emplace_back([&] {
                begin.arrive_and_wait();
                try {
                    file.client();
                } catch (database_error const&) {
                    ++failures;
                }
            });
        for (auto& each : starts)
            each.join();
    }
    BOOST_TEST(failures == 0);
}

BOOST_DATA_TEST_CASE(passwords_of_any_characters_reach_the_server,
                     data::make({database_kind::postgresql, database_kind::mysql}), kind) {
    fixture with(kind);
    with.open().position(); // the tables belong to somebody else
    auto const user = "odd" + std::to_string(::getpid());
    auto const postgresql = kind == database_kind::postgresql;
    // p w'"\=:@
    std::string const literal = postgresql ? "'p w''\"\\=:@'" : "'p w''\"\\\\=:@'";
    with.database_.administer(postgresql ? "CREATE ROLE " + user + " LOGIN SUPERUSER PASSWORD " + literal
                                         : "CREATE USER " + user + "@'127.0.0.1' IDENTIFIED BY " + literal);
    if (!postgresql)
        with.database_.administer("GRANT ALL ON *.* TO " + user + "@'127.0.0.1'");
    auto url = parse_database_url(with.database_.url());
    url.user = user;
    url.password = "p w'\"\\=:@";
    BOOST_CHECK_NO_THROW(rule_database(url).position());
    if (!postgresql) { // which trusts everybody here
        url.password = "wrong";
        BOOST_CHECK_THROW(rule_database(url).position(), database_error);
    }
    with.database_.administer("DROP " + std::string(postgresql ? "ROLE " + user : "USER " + user + "@'127.0.0.1'"));
}

// PostgreSQL tells of a column in three lines, and of a server that is not there in two.
BOOST_DATA_TEST_CASE(an_error_is_one_line, data::make(every_kind), kind) {
    fixture with(kind);
    auto client = with.database_.client();
    auto const one_line_with = [](std::string const& word) {
        return [word](database_error const& error) {
            std::string const text = error.what();
            BOOST_TEST_INFO(text);
            BOOST_TEST(text.find_first_of("\n\t^?") == text.npos);
            BOOST_TEST(text.find("Cannot establish") == text.npos);
            return text.find(word) != text.npos;
        };
    };
    BOOST_CHECK_EXCEPTION(client.query("SELECT 1 FROM nowhere", 1), database_error, one_line_with("nowhere"));
    auto away = parse_database_url(with.database_.url());
    auto& name = kind == database_kind::sqlite ? away.path : away.database;
    name = kind == database_kind::sqlite ? "/proc/nowhere" : "nowhere";
    BOOST_CHECK_EXCEPTION(session{away}, database_error,
                          one_line_with(kind == database_kind::sqlite ? "unable to open" : "nowhere"));
    away.port = 1;
    BOOST_CHECK_EXCEPTION(session{away}, database_error,
                          one_line_with(kind == database_kind::sqlite ? "unable to open" : "127.0.0.1"));
}

BOOST_DATA_TEST_CASE(what_a_master_has_in_quarantine_is_known_to_all, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    BOOST_REQUIRE(database.take_lease("sync", "me", std::chrono::seconds{60}));
    lease_claim const under("sync", "me");
    quarantined_row bad;
    bad.rule_id = "R1";
    bad.source_path = "rules/\xff.yaml";
    bad.findings = R"([{"message":"unknown key 'mtach'"}])";
    database.write_quarantine({bad, bad}, under);
    auto const first = database.quarantine();
    BOOST_REQUIRE_EQUAL(first.size(), 2u);
    BOOST_TEST(first[0].projection == "sync");
    BOOST_TEST(first[0].findings == bad.findings);
    BOOST_TEST((first[0].since != time_point{}));
    auto other = bad;
    other.rule_id = "R2";
    database.write_quarantine({other, bad}, under);
    auto const second = database.quarantine();
    BOOST_REQUIRE_EQUAL(second.size(), 2u);
    BOOST_TEST(second[0].rule_id == "R2");
    BOOST_TEST((second[1].since == first[0].since));
    database.write_quarantine({}, under);
    BOOST_TEST(database.quarantine().empty());
    BOOST_CHECK_THROW(database.write_quarantine({bad}, lease_claim("sync", "somebody else")), lease_lost);
}

BOOST_DATA_TEST_CASE(a_newer_schema_is_refused, data::make(every_kind), kind) {
    fixture with(kind);
    auto running = with.open();
    running.position();
    with.database_.client().execute("UPDATE schema_version SET version = 99, min_reader = 98");
    auto const is_told = [](database_error const& error) {
        return error.what_kind() == database_error::kind::unsupported &&
            std::string(error.what()).find("newer rulehost") != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(with.open().position(), database_error, is_told);
    BOOST_CHECK_EXCEPTION(running.position(), database_error, is_told);
}

BOOST_DATA_TEST_CASE(a_newer_schema_that_an_older_program_may_use_is_used, data::make(every_kind), kind) {
    fixture with(kind);
    with.open().position();
    with.database_.client().execute("UPDATE schema_version SET version = 99");
    auto database = with.open();
    written(database, "R1", decision(rule_state::disabled("noisy")));
    BOOST_TEST(with.open().states().size() == 1u);
    BOOST_TEST(with.database_.client().query("SELECT version FROM schema_version", 1).at(0)[0].value() == "99");
}

BOOST_DATA_TEST_CASE(concurrent_writers_leave_a_gapless_history, data::make(every_kind), kind) {
    fixture with(kind);
    with.open().position();
    constexpr int writers = 4, writes = 50;
    std::vector<std::thread> all;
    for (int i = 0; i < writers; ++i)
        all.emplace_back([&, i] {
            auto database = with.open();
            for (int n = 0; n < writes; ++n)
                written(database, "R" + std::to_string(n % 5), decision(rule_state::disabled(std::to_string(i))));
        });
    for (auto& each : all)
        each.join();
    auto database = with.open();
    auto const page = database.changes_after(0, 1000);
    BOOST_TEST(page.changes.size() == std::size_t{writers * writes});
    BOOST_TEST((page.what == change_page::history::complete));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
