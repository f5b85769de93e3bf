#include "sql/session/schema.hpp"

#include "sql/tag_table.hpp"
#include "support/tags.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace rulehost;
using test::every_kind;
using test::test_database;
namespace data = boost::unit_test::data;

namespace {

/// Tables as version 3 left them.
void make_version_3(session& old) {
    for (std::size_t version = 0; version < 3; ++version)
        for (auto const& statement : old.dialect().schema[version])
            old.execute(statement);
    old.execute("CREATE TABLE schema_version (version BIGINT NOT NULL)");
    old.execute("INSERT INTO schema_version (version) VALUES (3)");
}

void insert_tag(tag_table& table, std::string source_id) {
    auto const one = test::make_tag(std::move(source_id), "T1083");
    std::vector<tag const*> const tags{&one};
    table.store(tags, {}, {});
}

} // namespace

BOOST_AUTO_TEST_SUITE(schemas)

BOOST_DATA_TEST_CASE(an_upgrade_adds_and_keeps_existing_data, data::make(every_kind), kind) {
    test_database database(kind);
    auto client = database.client();
    make_version_3(client);
    client.execute("INSERT INTO ttp_outbox (message_id, topic, payload) VALUES ('m1', 'ttp.tagged', '{}')");
    prepare_schema(client);
    BOOST_TEST(client.query("SELECT message_id FROM ttp_outbox", 1).at(0)[0].value() == "m1");
    BOOST_TEST(client.query("SELECT name FROM ttp_outbox_consumer", 1).empty());
    BOOST_TEST(client.query("SELECT number FROM ttp_rule_quarantine", 1).empty());
    BOOST_TEST(missing_indexes(client).empty());
    prepare_schema(client);
    BOOST_TEST(client.query("SELECT version FROM schema_version", 1).size() == 1u);
}

BOOST_DATA_TEST_CASE(tags_of_older_versions_are_kept_and_found_by_their_time, data::make(every_kind), kind) {
    test_database database(kind);
    auto client = database.client();
    make_version_3(client);
    client.execute(
        "INSERT INTO ttp_tag (uuid, source_kind, source_id, tactic, technique_id, confidence, rule_id, rule_version, "
        "evidence, attack_release, mitre_url, created_at) VALUES ('9aa491e5-f03b-5d8f-9eb5-161becedcdd6', 'command', "
        "'a', 'TA0007', 'T1083', 0.5, 'R1', 1, '{}', '19.2', '', '2026-01-01 00:00:00')");
    prepare_schema(client);
    BOOST_TEST(missing_indexes(client).empty());
    auto const old = client.query("SELECT source_id, observed_at, truncated FROM ttp_tag WHERE " +
                                      std::string(client.dialect().happened_at) + " < '2026-01-02 00:00:00'",
                                  3);
    BOOST_REQUIRE_EQUAL(old.size(), 1u);
    BOOST_TEST((!old[0][1] && !old[0][2]));
    for (auto const* const gone : {"ttp_tag_technique", "ttp_tag_rule"})
        BOOST_TEST(client.query(client.dialect().has_index, 1, {gone}).empty(), gone);
}

BOOST_DATA_TEST_CASE(writes_of_a_version_5_program_are_stored_as_before, data::make(every_kind), kind) {
    test_database database(kind);
    auto client = database.client();
    prepare_schema(client);
    client.execute(
        "INSERT INTO ttp_tag (uuid, source_kind, source_id, tactic, technique_id, confidence, rule_id, rule_version, "
        "evidence, attack_release, mitre_url, created_at) VALUES ('9aa491e5-f03b-5d8f-9eb5-161becedcdd6', 'command', "
        "'a', 'TA0007', 'T1083', 0.5, 'R1', 1, '{}', '19.2', '', '2026-01-01 00:00:00')");
    auto const inserted = client.query("SELECT " + std::string(client.dialect().insertion) + " FROM ttp_tag", 1);
    BOOST_REQUIRE_EQUAL(inserted.size(), 1u);
    BOOST_TEST(inserted[0][0].has_value());
    BOOST_TEST(client.query("SELECT min_reader FROM schema_version", 1).at(0)[0].value() == "4");
}

BOOST_DATA_TEST_CASE(several_that_upgrade_at_once_upgrade_once, data::make(every_kind), kind) {
    test_database database(kind);
    {
        auto client = database.client();
        make_version_3(client);
    }
    std::vector<std::thread> all;
    std::atomic<int> failures = 0;
    for (int i = 0; i < 4; ++i)
        all.emplace_back([&, i] {
            try {
                tag_table table(parse_database_url(database.url()));
                insert_tag(table, std::to_string(i));
            } catch (std::exception const&) {
                ++failures;
            }
        });
    for (auto& each : all)
        each.join();
    BOOST_TEST(failures == 0);
    BOOST_TEST(database.client().query("SELECT uuid FROM ttp_tag", 1).size() == 4u);
}

BOOST_DATA_TEST_CASE(an_index_whose_build_was_interrupted_is_built_again, data::make({database_kind::postgresql}),
                     kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    insert_tag(table, "a");
    auto client = database.client();
    client.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = CAST('ttp_tag_created' AS regclass)");
    auto const missing = missing_indexes(client);
    BOOST_REQUIRE_EQUAL(missing.size(), 1u);
    build_index(client, missing[0]);
    BOOST_TEST(missing_indexes(client).empty());
}

BOOST_DATA_TEST_CASE(one_process_at_a_time_builds_an_index,
                     data::make({database_kind::postgresql, database_kind::mysql}), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    insert_tag(table, "a");
    auto client = database.client();
    client.execute(std::string("DROP INDEX ttp_tag_created") + (kind == database_kind::mysql ? " ON ttp_tag" : ""));
    auto const index = missing_indexes(client).at(0);
    {
        auto other = database.client();
        BOOST_REQUIRE(other.query(other.dialect().lock_index, 1).at(0)[0] == "1");
        BOOST_CHECK_EXCEPTION(build_index(client, index), database_error, [](database_error const& error) {
            return error.what_kind() == database_error::kind::busy;
        });
        other.query(other.dialect().unlock_index, 1); // a server may notice the end of a connection late
    }
    build_index(client, index);
    BOOST_TEST(missing_indexes(client).empty());
}

BOOST_DATA_TEST_CASE(an_index_waits_for_no_open_transaction, data::make({database_kind::mysql}), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    insert_tag(table, "a");
    auto client = database.client();
    client.execute("DROP INDEX ttp_tag_created ON ttp_tag");
    auto const index = missing_indexes(client).at(0);
    auto other = database.client();
    transaction open(other, transaction::purpose::write);
    other.execute("DELETE FROM ttp_tag");
    BOOST_CHECK_EXCEPTION(build_index(client, index), database_error, [](database_error const& error) {
        return error.what_kind() == database_error::kind::busy; // at once, without a wait
    });
    open.commit();
    build_index(client, index);
    BOOST_TEST(missing_indexes(client).empty());
}

BOOST_DATA_TEST_CASE(rows_are_counted_up_to_a_limit, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    for (int i = 0; i < 3; ++i)
        insert_tag(table, std::to_string(i));
    auto client = database.client();
    BOOST_TEST(count_rows(client, "ttp_tag", 10) == 3u);
    BOOST_TEST(count_rows(client, "ttp_tag", 2) == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
