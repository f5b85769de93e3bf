#include "sql/tag_table.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace rulehost {

namespace data = boost::unit_test::data;
using test::every_kind;
using test::test_database;
using indices = std::vector<std::size_t>;

namespace {

tag tag_of(std::string source_id) {
    tag made;
    made.source_kind = "command";
    made.source_id = std::move(source_id);
    made.uuid = tag_uuid(made.source_kind, made.source_id, "R1", 2, "T1548", "T1548.001");
    made.attacker_uuid = "11111111-2222-3333-4444-555555555555";
    made.tactic = "TA0004";
    made.technique_id = "T1548";
    made.sub_technique_id = "T1548.001";
    made.confidence = 0.95;
    made.rule_id = "R1";
    made.rule_version = 2;
    made.evidence["command_text"] = "find / -perm -4000 '; DROP TABLE ttp_tag; --";
    made.attack_release = "18.1";
    made.created_at = time_point{std::chrono::microseconds{1'767'225'600'123'456}};
    return made;
}

std::vector<tag> tags_of(int from, int to) {
    std::vector<tag> all;
    for (int i = from; i < to; ++i)
        all.push_back(tag_of("cmd_" + std::to_string(i)));
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tag_tables)

BOOST_DATA_TEST_CASE(a_tag_is_stored_column_by_column, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    BOOST_TEST(table.insert({}).empty());
    auto const stored = tag_of("cmd_42");
    BOOST_TEST(table.insert({stored}) == indices{0}, boost::test_tools::per_element());
    auto client = database.client();
    auto const& time = client.dialect().time_text;
    auto const rows = client.query("SELECT uuid, source_kind, source_id, attacker_uuid, identity_uuid, session_id, decky_id, tactic, "
                                   "technique_id, sub_technique_id, confidence, rule_id, rule_version, evidence, attack_release, "
                                   "mitre_url, " + time("created_at") + " FROM ttp_tag", 17);
    BOOST_REQUIRE_EQUAL(rows.size(), 1u);
    auto const& row = rows[0];
    BOOST_TEST(row[0].value() == to_string(stored.uuid));
    BOOST_TEST(row[1].value() == "command");
    BOOST_TEST(row[2].value() == "cmd_42");
    BOOST_TEST(row[3].value() == stored.attacker_uuid);
    for (std::size_t i = 4; i < 7; ++i)
        BOOST_TEST(!row[i]);
    BOOST_TEST(row[7].value() == "TA0004");
    BOOST_TEST(row[8].value() == "T1548");
    BOOST_TEST(row[9].value() == "T1548.001");
    BOOST_TEST(std::stod(row[10].value()) == 0.95);
    BOOST_TEST(row[11].value() == "R1");
    BOOST_TEST(row[12].value() == "2");
    BOOST_TEST(row[13].value() == boost::json::serialize(stored.evidence));
    BOOST_TEST(row[14].value() == "18.1");
    BOOST_TEST(row[15].value() == mitre_url("T1548", "T1548.001"));
    BOOST_TEST((parse_time(row[16].value()).value() == stored.created_at));
}

BOOST_DATA_TEST_CASE(only_tags_that_are_new_are_told, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    BOOST_TEST(table.insert(tags_of(0, 3)).size() == 3u);
    BOOST_TEST(table.insert(tags_of(0, 3)).empty());
    BOOST_TEST(table.insert(tags_of(1, 6)) == (indices{2, 3, 4}), boost::test_tools::per_element());
    auto doubled = tags_of(8, 10);
    doubled.push_back(doubled.front());
    BOOST_TEST(table.insert(doubled) == (indices{0, 1}), boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(bytes_that_are_no_text_do_not_cost_the_batch, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    auto hostile = tag_of(std::string("a\0b\xff\xed\xa0\x80\xf0\x9f\x92\xa5", 11));
    hostile.session_id = std::string(5000, 's');
    hostile.evidence["command_text"] = std::string("\xff\0x", 3);
    hostile.evidence["long"] = std::string(300'000, 'x');
    BOOST_TEST(table.insert({tag_of("before"), hostile, tag_of("after")}).size() == 3u);
    auto client = database.client();
    auto const rows = client.query("SELECT source_id FROM ttp_tag WHERE session_id IS NOT NULL", 1);
    BOOST_REQUIRE_EQUAL(rows.size(), 1u);
    BOOST_TEST(rows[0][0].value() == "a\xef\xbf\xbd" "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x92\xa5");
}

BOOST_DATA_TEST_CASE(two_workers_that_insert_the_same_tags_share_them_out, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table(parse_database_url(database.url())).insert({tag_of("first")});
    std::atomic<std::size_t> inserted = 0;
    std::vector<std::thread> workers;
    for (int worker = 0; worker < 2; ++worker)
        workers.emplace_back([&, worker] {
            tag_table table(parse_database_url(database.url()));
            for (int batch = 0; batch < 10; ++batch) {
                auto tags = tags_of(batch * 20, batch * 20 + 20);
                if (worker == 1)
                    std::reverse(tags.begin(), tags.end());
                inserted += table.insert(tags).size();
            }
        });
    for (auto& each : workers)
        each.join();
    BOOST_TEST(inserted == 200u);
}

BOOST_DATA_TEST_CASE(thousands_of_tags_are_one_transaction, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    auto const tags = tags_of(0, 5000);
    auto const start = std::chrono::steady_clock::now();
    BOOST_TEST(table.insert(tags).size() == 5000u);
    std::chrono::duration<double, std::micro> const took = std::chrono::steady_clock::now() - start;
    BOOST_TEST_MESSAGE(kind << ": " << took.count() / 5000 << " us a tag, schema included");
    BOOST_TEST(table.insert(tags).empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
