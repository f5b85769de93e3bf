#include "stored_rules.hpp"

namespace rulehost {

using namespace test;

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

BOOST_DATA_TEST_CASE(changes_are_gapless_in_order_and_carry_each_value, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    database.write_rule(rule("R1", "one"), 1, "h");
    database.write_rule(rule("R1", "two"), 2, "h");
    written(database, "R1", decided(rule_state::disabled("noisy")));
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

BOOST_DATA_TEST_CASE(history_has_author_and_reason, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    database.write_rule(rule("R1", "one"), 1, "h");
    written(database, "R1", decided(rule_state::disabled("noisy"), "alice"));
    database.remove_state("R1", "bob", std::nullopt);
    database.remove_rule("R1", "carol");
    written(database, "R2", decided(rule_state::disabled("x"), "dave"));
    auto const entries = database.history("R1", 0, 100);
    BOOST_REQUIRE_EQUAL(entries.size(), 4u);
    std::vector<std::string> history;
    for (auto const& entry : entries)
        history.push_back(entry.kind + " " + entry.changed_by);
    BOOST_TEST(history == (std::vector<std::string>{"definition author", "state alice", "state bob", "deletion carol"}),
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
    // A rename is a deletion and a definition, in any order.
    BOOST_TEST(std::holds_alternative<deletion>(page.changes[3].value) !=
               std::holds_alternative<deletion>(page.changes[4].value));
    BOOST_TEST((std::get<rule_state>(page.changes[5].value).status == rule_status::disabled));
    BOOST_TEST((std::get<rule_state>(page.changes[8].value) == rule_state()));
    BOOST_TEST(database.history("R1", 0, 100).at(1).changed_by != "author");
    BOOST_TEST(database.contents().rules.empty());
}

BOOST_AUTO_TEST_CASE(postgresql_reports_rows_that_were_truncated) {
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
    client.execute("TRUNCATE ttp_rule"); // of an empty table is no change
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

// A watermark by time, or by a sequence, misses the transaction that began first and commits last.

BOOST_DATA_TEST_CASE(a_writer_that_began_first_and_commits_last_is_not_passed_over,
                     data::make({database_kind::postgresql, database_kind::mysql}), kind) {
    fixture with(kind);
    auto database = with.open();
    database.position();
    auto early = with.database_.client();
    auto writing = std::make_unique<transaction>(early, transaction::purpose::write);
    early.query("SELECT 1", 1);
    written(database, "R2", decided(rule_state::disabled("late")));
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

BOOST_DATA_TEST_CASE(changes_of_the_same_instant_are_distinguished, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open([] { return start; });
    for (int i = 0; i < 10; ++i)
        written(database, "R" + std::to_string(i % 2), decided(rule_state::disabled(std::to_string(i))));
    BOOST_TEST(database.changes_after(4, 100).changes.size() == 6u);
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
        written(database, "R" + std::to_string(i), decided(rule_state::disabled("x")));
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
    auto const all = database.former_texts("R1", 10);
    BOOST_TEST(all.texts == (std::vector<std::string>{"three", "two", "one"}), boost::test_tools::per_element());
    BOOST_TEST(all.is_whole);
    BOOST_TEST(!database.former_texts("R1", 3).is_whole);
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

BOOST_DATA_TEST_CASE(rule_ids_are_distinguished_byte_by_byte, data::make(every_kind), kind) {
    fixture with(kind);
    auto database = with.open();
    for (auto const* id : {"R1", "r1", "R1 ", "Ŕ1", "R1'--"})
        written(database, id, decided(rule_state::disabled(id)));
    BOOST_TEST(database.contents().states.size() == 5u);
    BOOST_TEST(std::get<rule_state>(database.state("R1 ")->value).reason == "R1 ");
}

BOOST_DATA_TEST_CASE(quarantine_of_a_master_is_visible_to_all, data::make(every_kind), kind) {
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

BOOST_DATA_TEST_CASE(concurrent_writers_leave_a_gapless_history, data::make(every_kind), kind) {
    fixture with(kind);
    with.open().position();
    constexpr int writers = 4, writes = 50;
    std::vector<std::thread> all;
    for (int i = 0; i < writers; ++i)
        all.emplace_back([&, i] {
            auto database = with.open();
            for (int n = 0; n < writes; ++n)
                written(database, "R" + std::to_string(n % 5), decided(rule_state::disabled(std::to_string(i))));
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
