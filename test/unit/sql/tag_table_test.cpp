#include "sql/lease.hpp"
#include "sql/outbox_table.hpp"
#include "sql/session/schema.hpp"
#include "sql/tag_query.hpp"
#include "sql/tag_table.hpp"
#include "sql/worker_table.hpp"
#include "support/tags.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <initializer_list>
#include <limits>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace rulehost {

namespace data = boost::unit_test::data;
using test::every_kind;
using test::test_database;
using indices = std::vector<std::size_t>;

namespace {

tag tag_of(std::string source_id) {
    auto made = test::make_tag(std::move(source_id), "T1548", "T1548.001");
    made.tactic = "TA0004";
    made.confidence = 0.95;
    made.rule_version = 2;
    made.evidence["command_text"] = "find / -perm -4000 '; DROP TABLE ttp_tag; --";
    made.created_at = time_point{std::chrono::microseconds{1'767'225'600'123'456}};
    return made;
}

std::vector<tag> tags_of(int from, int to) {
    std::vector<tag> all;
    for (int i = from; i < to; ++i)
        all.push_back(tag_of("cmd_" + std::to_string(i)));
    return all;
}

/// Stores tags alone.
indices store(tag_table& table, std::vector<tag> const& tags) {
    std::vector<tag const*> all;
    for (auto const& each : tags)
        all.push_back(&each);
    return table.store(all, {}, {});
}

} // namespace

BOOST_AUTO_TEST_SUITE(tag_tables)

BOOST_DATA_TEST_CASE(a_tag_is_stored_column_by_column, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    BOOST_TEST(store(table, {}).empty());
    auto const stored = tag_of("cmd_42");
    BOOST_TEST(store(table, {stored}) == indices{0}, boost::test_tools::per_element());
    auto client = database.client();
    auto const& time = client.dialect().time_text;
    auto const rows =
        client.query("SELECT uuid, source_kind, source_id, attacker_uuid, identity_uuid, session_id, decky_id, tactic, "
                     "technique_id, sub_technique_id, confidence, rule_id, rule_version, evidence, attack_release, "
                     "mitre_url, " +
                         time("created_at") + " FROM ttp_tag",
                     17);
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

BOOST_AUTO_TEST_CASE(sqlite_keeps_tags_in_the_order_in_which_they_came) {
    test_database database(database_kind::sqlite);
    tag_table table(parse_database_url(database.url()));
    auto tags = tags_of(0, 20);
    tags.push_back(tags[3]); // a duplicate stays where it first stood
    BOOST_TEST(store(table, tags).size() == 20u);
    auto client = database.client();
    auto const rows = client.query("SELECT source_id FROM ttp_tag ORDER BY rowid", 1);
    BOOST_REQUIRE_EQUAL(rows.size(), 20u);
    for (std::size_t i = 0; i != rows.size(); ++i)
        BOOST_TEST(rows[i][0].value() == tags[i].source_id);
}

BOOST_DATA_TEST_CASE(withheld_tags_stand_apart_until_they_are_released, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    auto tags = tags_of(0, 6);
    for (std::size_t i = 0; i != 5; ++i) {
        tags[i].withheld_by = i < 4 ? 42 : 43;
        tags[i].src_ip = "203.0.113.5";
        tags[i].created_at += std::chrono::seconds{10 - static_cast<int>(i)};
    }
    BOOST_TEST(store(table, tags) == indices{5}, boost::test_tools::per_element());
    BOOST_TEST(store(table, tags).empty()); // a replay brings nothing twice
    auto client = database.client();
    auto const count = [&](std::string const& from) {
        return client.query("SELECT COUNT(*) FROM " + from, 1).at(0)[0].value();
    };
    BOOST_TEST(count("ttp_tag") == "1");
    BOOST_TEST(count("ttp_withheld_tag") == "5");
    auto const counted = count_withheld(client);
    BOOST_REQUIRE_EQUAL(counted.size(), 2u);
    BOOST_TEST(counted[0].decision == 42);
    BOOST_TEST(counted[0].tags == 4u);
    BOOST_TEST((counted[0].first == tags[3].created_at));
    BOOST_TEST((counted[0].last == tags[0].created_at));

    std::vector<std::string> announced;
    auto const announce = [&](std::vector<tag const*> const& fresh) {
        std::vector<outbox_row> rows;
        for (auto const* const each : fresh) {
            announced.push_back(each->source_id);
            rows.push_back({.message_id = each->source_id, .topic = "t", .payload = "{}"});
        }
        return rows;
    };
    auto const as_it_is = [](tag&) {};
    BOOST_TEST(table.release(42, 3, announce, as_it_is).fresh == 3u);
    BOOST_TEST(table.release(42, 3, announce, as_it_is).fresh == 1u);
    BOOST_TEST(table.release(42, 3, announce, as_it_is).rows == 0u);
    auto const in_order = std::vector<std::string>{"cmd_3", "cmd_2", "cmd_1", "cmd_0"}; // as they happened
    BOOST_TEST(announced == in_order, boost::test_tools::per_element());
    BOOST_TEST(count("ttp_tag") == "5");
    BOOST_TEST(count("ttp_withheld_tag") == "1");
    BOOST_TEST(count("ttp_outbox") == "4");
    auto const found = tag_query(client).page({}, tag_query::order::oldest_first, nullptr, 10);
    auto const released =
        std::ranges::find(found, tags[0].uuid, [](stored_tag const& each) { return each.value.uuid; });
    BOOST_REQUIRE(released != found.end());
    tags[0].withheld_by = 0;
    BOOST_TEST(boost::json::serialize(to_json(released->value)) == boost::json::serialize(to_json(tags[0])));
}

BOOST_DATA_TEST_CASE(a_release_leaves_to_other_decisions_what_they_withhold, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    auto tags = tags_of(0, 4);
    for (auto& each : tags)
        each.withheld_by = 42;
    store(table, tags);
    auto known = tags[3];
    known.withheld_by = 0;
    store(table, {known});
    auto const judge = [](tag& made) {
        if (made.source_id == "cmd_1")
            made.withheld_by = 43;
        else
            made.confidence = 0.5;
    };
    auto const done = table.release(42, 10, {}, judge);
    BOOST_TEST(done.rows == 4u);
    BOOST_TEST(done.fresh == 2u); // one was there before
    BOOST_TEST(done.withheld == 1u);
    BOOST_TEST(table.release(42, 10, {}, judge).rows == 0u);
    auto client = database.client();
    auto const left = client.query("SELECT source_id, decision_id FROM ttp_withheld_tag", 2);
    BOOST_REQUIRE_EQUAL(left.size(), 1u);
    BOOST_TEST(left[0][0].value() == "cmd_1");
    BOOST_TEST(left[0][1].value() == "43");
    table.reassign_withheld(43, 44);
    BOOST_TEST(count_withheld(client).at(0).decision == 44);
    BOOST_TEST(table.release(44, 10, {}, [](tag&) {}).fresh == 1u);
}

BOOST_AUTO_TEST_CASE(a_release_of_rows_by_another_writer_ends_with_an_error) {
    test_database database(database_kind::sqlite);
    tag_table table(parse_database_url(database.url()));
    auto withheld = tag_of("a");
    withheld.withheld_by = 42;
    store(table, {withheld});
    database.client().execute("UPDATE ttp_withheld_tag SET uuid = upper(uuid)");
    BOOST_CHECK_THROW(table.release(42, 10, {}, [](tag&) {}), database_error);
}

BOOST_DATA_TEST_CASE(a_tag_is_stored_with_its_time_source_and_origin, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    auto full = tag_of("a");
    full.observed_at = full.created_at - std::chrono::hours{24 * 365};
    full.src_ip = "203.0.113.5";
    full.src_port = 50022;
    full.tactic_name = "Privilege Escalation";
    full.technique_name = "Abuse Elevation Control Mechanism: Setuid and Setgid";
    full.clipped_from = 0.1 + 0.2;
    full.rule_name = "set-user-ID programs are looked for";
    full.truncated = true;
    full.undecided = true;
    full.revision = 42;
    full.input = "cowrie.json";
    full.line = 7;
    auto hashed = tag_of("b"); // all else is empty
    hashed.src_ip = "a1d493f45b7c8fd4";
    BOOST_TEST(store(table, {hashed, full}).size() == 2u);
    auto client = database.client();
    auto const& dialect = client.dialect();
    auto const rows =
        client.query("SELECT " + dialect.time_text("observed_at") +
                         ", src_ip, src_port, CAST(src_address AS CHAR(36)), tactic_name, "
                         "technique_name, " +
                         dialect.number_text("clipped_from") +
                         ", rule_name, truncated, revision, origin_input, "
                         "origin_line, " +
                         dialect.time_text(dialect.happened_at) + ", undecided FROM ttp_tag ORDER BY source_id",
                     14);
    BOOST_REQUIRE_EQUAL(rows.size(), 2u);
    BOOST_TEST((parse_time(rows[0][0].value()).value() == *full.observed_at));
    auto address = rows[0][3].value();
    std::erase(address, '-');
    BOOST_TEST(address == "00000000000000000000ffffcb007105");
    BOOST_TEST(std::stod(rows[0][6].value()) == *full.clipped_from);
    auto const texts = std::vector<std::string>{rows[0][1].value(), rows[0][2].value(),  rows[0][4].value(),
                                                rows[0][5].value(), rows[0][7].value(),  rows[0][8].value(),
                                                rows[0][9].value(), rows[0][10].value(), rows[0][11].value()};
    auto const expected = std::vector<std::string>{
        "203.0.113.5", "50022", full.tactic_name, full.technique_name, full.rule_name, "1", "42", "cowrie.json", "7"};
    BOOST_TEST(texts == expected, boost::test_tools::per_element());
    BOOST_TEST((parse_time(rows[0][12].value()).value() == *full.observed_at));
    for (auto const empty : {0, 2, 3, 4, 5, 6, 7, 10, 11})
        BOOST_TEST(!rows[1][static_cast<std::size_t>(empty)], empty);
    BOOST_TEST(rows[0][13].value() == "1");
    BOOST_TEST(rows[1][13].value() == "0");
    BOOST_TEST(rows[1][1].value() == hashed.src_ip);
    BOOST_TEST((parse_time(rows[1][12].value()).value() == hashed.created_at));
}

BOOST_DATA_TEST_CASE(only_tags_that_are_new_are_reported, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    BOOST_TEST(store(table, tags_of(0, 3)).size() == 3u);
    BOOST_TEST(store(table, tags_of(0, 3)).empty());
    BOOST_TEST(store(table, tags_of(1, 6)) == (indices{2, 3, 4}), boost::test_tools::per_element());
    auto doubled = tags_of(8, 10);
    doubled.push_back(doubled.front());
    BOOST_TEST(store(table, doubled) == (indices{0, 1}), boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(every_searched_column_has_an_index, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    store(table, tags_of(0, 200));
    auto client = database.client();
    if (kind == database_kind::postgresql)
        client.execute("SET enable_seqscan = off"); // so small a table is not worth its index
    auto const explain = kind == database_kind::sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ";
    auto const columns = kind == database_kind::sqlite ? 4u : kind == database_kind::postgresql ? 1u : 10u;
    auto const plan = [&](std::string const& condition) {
        std::string text;
        for (auto const& row : client.query(explain + ("SELECT uuid FROM ttp_tag WHERE " + condition), columns)) {
            // MariaDB lists all that would do; the one that is taken follows.
            for (auto i = columns == 10 ? 5u : 0u; i < columns; ++i)
                text += row[i].value_or("") + "|";
        }
        return text;
    };
    auto const happened = std::string(client.dialect().happened_at);
    for (auto const& [index, condition] : std::initializer_list<std::pair<std::string, std::string>>{
             {"ttp_tag_identity", "identity_uuid = 'i'"},
             {"ttp_tag_attacker", "attacker_uuid = 'a'"},
             {"ttp_tag_technique", "technique_id = 'T1' AND created_at > '2026-01-01'"},
             {"ttp_tag_session", "session_id = 's'"},
             {"ttp_tag_rule", "rule_id = 'R9'"},
             {"ttp_tag_happened", happened + " > '2026-01-01'"},
             {"ttp_tag_technique_happened", "technique_id = 'T1' AND " + happened + " > '2026-01-01'"},
             {"ttp_tag_rule_happened", "rule_id = 'R9' AND " + happened + " > '2026-01-01'"},
             {"ttp_tag_address",
              "src_address BETWEEN '" + std::string(32, '0') + "' AND '" + std::string(32, '1') + "'"}})
        BOOST_TEST(plan(condition).find(index) != std::string::npos, index << " is not in " << plan(condition));
}

BOOST_DATA_TEST_CASE(bytes_that_are_no_text_do_not_cost_the_batch, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    auto hostile = tag_of(std::string("a\0b\xff\xed\xa0\x80\xf0\x9f\x92\xa5", 11));
    hostile.session_id = std::string(5000, 's');
    hostile.evidence["command_text"] = std::string("\xff\0x", 3);
    hostile.evidence["long"] = std::string(300'000, 'x');
    BOOST_TEST(store(table, {tag_of("before"), hostile, tag_of("after")}).size() == 3u);
    auto client = database.client();
    auto const rows = client.query("SELECT source_id FROM ttp_tag WHERE session_id IS NOT NULL", 1);
    BOOST_REQUIRE_EQUAL(rows.size(), 1u);
    BOOST_TEST(rows[0][0].value() ==
               "a\xef\xbf\xbd"
               "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x92\xa5");
}

BOOST_DATA_TEST_CASE(two_workers_that_insert_the_same_tags_share_them_out, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table first(parse_database_url(database.url()));
    store(first, {tag_of("first")});
    std::atomic<std::size_t> inserted = 0;
    std::vector<std::thread> workers;
    for (int worker = 0; worker < 2; ++worker)
        workers.emplace_back([&, worker] {
            tag_table table(parse_database_url(database.url()));
            for (int batch = 0; batch < 10; ++batch) {
                auto tags = tags_of(batch * 20, batch * 20 + 20);
                if (worker == 1)
                    std::reverse(tags.begin(), tags.end());
                inserted += store(table, tags).size();
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
    BOOST_TEST(store(table, tags).size() == 5000u);
    std::chrono::duration<double, std::micro> const took = std::chrono::steady_clock::now() - start;
    BOOST_TEST_MESSAGE(kind << ": " << took.count() / 5000 << " us a tag, schema included");
    BOOST_TEST(store(table, tags).empty());
}

BOOST_DATA_TEST_CASE(numbers_come_back_as_they_went, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    std::vector<tag> tags;
    for (double const confidence : {0.0, 1.0, 0.1 + 0.2, 1e-300, 0.30000000000000004, 1.0 / 3}) {
        tags.push_back(tag_of("n" + std::to_string(tags.size())));
        tags.back().confidence = confidence;
        tags.back().rule_version = std::numeric_limits<std::int64_t>::max() - static_cast<std::int64_t>(tags.size());
        tags.back().created_at += std::chrono::microseconds{tags.size()};
    }
    store(table, tags);
    auto client = database.client();
    auto const& dialect = client.dialect();
    auto const rows = client.query("SELECT " + dialect.number_text("confidence") + ", rule_version, " +
                                       dialect.time_text("created_at") + " FROM ttp_tag ORDER BY source_id",
                                   3);
    BOOST_REQUIRE_EQUAL(rows.size(), tags.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        BOOST_TEST(std::strtod(rows[i][0].value().c_str(), nullptr) == tags[i].confidence);
        BOOST_TEST(rows[i][1].value() == std::to_string(tags[i].rule_version));
        BOOST_TEST((parse_time(rows[i][2].value()).value() == tags[i].created_at));
    }
}

BOOST_DATA_TEST_CASE(tags_messages_and_positions_are_one_transaction, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    auto const tags = tags_of(0, 3);
    std::vector<tag const*> const pointers{&tags[0], &tags[1], &tags[2]};
    auto const hostile = std::string("in'\\\"{},\xff", 10);
    std::vector<input_position> const first{{"a", "1"}, {hostile, "NULL"}};
    std::vector<input_position> const second{{"a", "2"}};
    auto const about = [](std::vector<tag const*> const& fresh) {
        std::vector<outbox_row> messages;
        for (auto const* const each : fresh)
            messages.push_back({"id-" + each->source_id, "topic", "{\"id\":\"" + each->source_id + "\\\\\"}"});
        return messages;
    };
    std::vector<std::string> const inputs{"a", hostile, "unknown"};
    BOOST_TEST(table.positions(inputs).empty());
    BOOST_TEST(table.store(std::span(pointers).first(2), first, about).size() == 2u);
    BOOST_TEST(table.store(pointers, second, about) == indices{2}, boost::test_tools::per_element());
    BOOST_TEST(table.store({}, second, about).empty());
    auto const known = table.positions(inputs);
    BOOST_REQUIRE_EQUAL(known.size(), 2u);
    BOOST_TEST(known[0].place == "2");
    BOOST_TEST(known[1].place == "NULL");
    outbox_table outbox(parse_database_url(database.url()));
    BOOST_TEST(outbox.count("nats") == 3u);
    outbox.passed("nats");
    auto const waiting = outbox.front("nats", outbox_progress(), 10);
    BOOST_REQUIRE_EQUAL(waiting.size(), 3u);
    BOOST_TEST(waiting[2].message.message_id == "id-cmd_2");
    BOOST_TEST(waiting[2].message.topic == "topic");
    BOOST_TEST(waiting[2].message.payload == "{\"id\":\"cmd_2\\\\\"}");
    outbox.settle("nats", 0, {waiting[0].sequence, waiting[2].sequence});
    BOOST_REQUIRE_EQUAL(outbox.front("nats", outbox_progress(), 10).size(), 1u);
    BOOST_TEST(outbox.front("nats", outbox_progress(), 10)[0].sequence == waiting[1].sequence);

    // A message that cannot be stored takes everything back.
    auto const more = tag_of("cmd_9");
    std::vector<tag const*> const one{&more};
    std::vector<input_position> const third{{"a", "3"}};
    auto const failing = [](std::vector<tag const*> const&) -> std::vector<outbox_row> {
        throw std::runtime_error("no");
    };
    BOOST_CHECK_THROW(table.store(one, third, failing), std::runtime_error);
    BOOST_TEST(table.positions(inputs)[0].place == "2");
    BOOST_TEST(store(table, {more}).size() == 1u);
}

BOOST_DATA_TEST_CASE(a_process_that_lost_its_name_stores_tags_and_no_positions, data::make(every_kind), kind) {
    test_database database(kind);
    auto const url = parse_database_url(database.url());
    auto const made = tags_of(0, 1);
    auto const of = [&](std::string process) {
        return tag_table(url, database_access::create, {}, {worker_lease("w"), std::move(process)});
    };
    auto first = of("first");
    auto second = of("second");
    auto const hold = [&](std::string const& process) {
        session sql(url);
        transaction change(sql, transaction::purpose::write);
        put_lease(sql, worker_lease("w"), {process, made.front().created_at}, find_lease(sql, worker_lease("w")));
        change.commit();
    };
    std::vector<std::string> const inputs{"a"};
    std::vector<input_position> const early{{"a", "1"}};
    std::vector<input_position> const late{{"a", "2"}};
    std::vector<tag const*> const pointers{&made[0]};

    first.store({}, early, {}); // before it is asked for, the name is nobody's
    hold("first");
    first.store({}, early, {});
    BOOST_TEST(second.positions(inputs).at(0).place == "1");
    hold("second");
    second.store({}, late, {});
    BOOST_TEST(first.store(pointers, early, {}).size() == 1u);
    BOOST_TEST(second.positions(inputs).at(0).place == "2");
    tag_table(url).store({}, early, {});
    BOOST_TEST(second.positions(inputs).at(0).place == "1");
}

BOOST_DATA_TEST_CASE(one_worker_at_a_time_has_the_outbox, data::make(every_kind), kind) {
    test_database database(kind);
    auto now = time_point{std::chrono::seconds{1'767'225'600}};
    outbox_table outbox(parse_database_url(database.url()), [&] { return now; });
    BOOST_TEST(outbox.take_lease("ttp_outbox", "a", std::chrono::seconds{10}));
    BOOST_TEST(!outbox.take_lease("ttp_outbox", "b", std::chrono::seconds{10}));
    BOOST_TEST(outbox.take_lease("ttp_outbox", "a", std::chrono::seconds{10}));
    now += std::chrono::seconds{11};
    BOOST_TEST(outbox.take_lease("ttp_outbox", "b", std::chrono::seconds{10}));
    outbox.give_lease_back("ttp_outbox", "a"); // not its own any more
    BOOST_TEST(!outbox.take_lease("ttp_outbox", "a", std::chrono::seconds{10}));
    outbox.give_lease_back("ttp_outbox", "b");
    BOOST_TEST(outbox.take_lease("ttp_outbox", "a", std::chrono::seconds{10}));
}

BOOST_DATA_TEST_CASE(old_tags_are_deleted_a_few_at_a_time_by_one_worker, data::make(every_kind), kind) {
    test_database database(kind);
    auto const now = time_point{std::chrono::seconds{1'767'225'600}};
    auto const clock = [&] { return now; };
    tag_table table(parse_database_url(database.url()));
    auto tags = tags_of(0, 7);
    for (std::size_t i = 0; i < tags.size(); ++i)
        tags[i].created_at = now - std::chrono::hours{i};
    store(table, tags);
    auto const remove = [&](std::string const& holder) {
        return table.remove_older(std::chrono::hours{3}, 2, holder, clock);
    };
    BOOST_TEST(remove("a") == 2u);
    BOOST_TEST(remove("b") == 0u);
    BOOST_TEST(remove("a") == 1u);
    BOOST_TEST(remove("a") == 0u);
    BOOST_TEST(database.client().query("SELECT uuid FROM ttp_tag", 1).size() == 4u);
}

BOOST_DATA_TEST_CASE(an_index_that_deleting_needs_is_built, data::make(every_kind), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    store(table, tags_of(0, 1));
    auto client = database.client();
    client.execute(std::string("DROP INDEX ttp_tag_created") + (kind == database_kind::mysql ? " ON ttp_tag" : ""));
    table.remove_older(std::chrono::hours{1}, 10, "a", {});
    BOOST_TEST(missing_indexes(client).empty());
}

BOOST_DATA_TEST_CASE(a_database_of_the_first_version_is_brought_up_to_date, data::make(every_kind), kind) {
    test_database database(kind);
    {
        auto old = database.client();
        for (auto const& statement : old.dialect().schema.front())
            old.execute(statement);
        old.execute("CREATE TABLE schema_version (version BIGINT NOT NULL)");
        old.execute("INSERT INTO schema_version VALUES (1)");
        old.execute("INSERT INTO ttp_rule (rule_id, yaml_content) VALUES ('R1', 'kept')");
    }
    tag_table table(parse_database_url(database.url()));
    store(table, {tag_of("cmd_1")});
    table.store({}, std::vector<input_position>{{"a", "1"}}, {});
    auto client = database.client();
    BOOST_TEST(schema_version(client) == client.dialect().schema.size());
    BOOST_TEST(rule_database(parse_database_url(database.url())).contents().rules.size() == 1u);
    BOOST_TEST(client.query("SELECT yaml_content FROM ttp_rule", 1).at(0)[0].value() == "kept");
    BOOST_TEST(client.query("SELECT rule_id FROM ttp_rule_change", 1).size() == 1u);
    BOOST_TEST(outbox_table(parse_database_url(database.url())).count("nats") == 0u);
    BOOST_TEST(client.query("SELECT min_reader FROM schema_version", 1).at(0)[0].value() == "4");
    BOOST_TEST(missing_indexes(client).empty());
}

BOOST_DATA_TEST_CASE(a_tag_that_servers_refuse_costs_the_others_nothing_when_it_is_left_out,
                     data::make({database_kind::postgresql}), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    auto refused = tag_of("refused");
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) // does not compress below what an index takes
        refused.session_id += static_cast<char>('!' + random() % 90);
    BOOST_CHECK_EXCEPTION(store(table, {tag_of("a"), refused}), database_error,
                          [](database_error const& error) { return error.what_kind() == database_error::kind::other; });
    BOOST_CHECK_NO_THROW(table.probe());
    BOOST_TEST(store(table, {tag_of("a")}).size() == 1u);
    BOOST_TEST(database.client().query("SELECT uuid FROM ttp_tag", 1).size() == 1u); // the probe left nothing
}

BOOST_DATA_TEST_CASE(a_tag_that_does_not_fit_is_refused_and_not_cut_short, data::make({database_kind::mysql}), kind) {
    test_database database(kind);
    tag_table table(parse_database_url(database.url()));
    BOOST_TEST(store(table, tags_of(0, 60)).size() == 60u);
    auto long_one = tag_of("long");
    long_one.rule_id = std::string(256, 'r');
    auto const is_refusal = [](database_error const& error) {
        return error.what_kind() == database_error::kind::other &&
            std::string(error.what()).find("rule_id") != std::string::npos;
    };
    auto tags = tags_of(0, 120); // the first half is there already
    tags.push_back(long_one);
    BOOST_CHECK_EXCEPTION(store(table, tags), database_error, is_refusal);
    BOOST_CHECK_EXCEPTION(store(table, {long_one}), database_error, is_refusal);
    auto endless = tag_of("endless");
    endless.confidence = std::numeric_limits<double>::infinity();
    BOOST_CHECK_THROW(store(table, {endless}), database_error);
    BOOST_TEST(database.client().query("SELECT uuid FROM ttp_tag", 1).size() == 60u);
    tags.pop_back();
    BOOST_TEST(store(table, tags).size() == 60u);
    BOOST_CHECK_NO_THROW(table.probe());
}

/// A user of a server who may have one connection, gone with the test.
class user_of_one_connection {
public:
    explicit user_of_one_connection(test_database const& database) : database_(database) {
        if (database.kind() == database_kind::mysql) {
            database.administer("CREATE USER " + name_ + "@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1");
            database.administer("GRANT ALL ON *.* TO " + name_ + "@'127.0.0.1'");
        } else {
            database.administer("CREATE ROLE " + name_ + " LOGIN CONNECTION LIMIT 1");
        }
    }
    ~user_of_one_connection() {
        database_.administer("DROP " + std::string(database_.kind() == database_kind::mysql ? "USER " : "ROLE ") +
                             name_ + (database_.kind() == database_kind::mysql ? "@'127.0.0.1'" : ""));
    }

    database_url url() const {
        auto url = parse_database_url(database_.url());
        url.user = name_;
        return url;
    }

private:
    test_database const& database_;
    std::string name_ = "one" + std::to_string(::getpid());
};

BOOST_DATA_TEST_CASE(a_server_that_has_no_connection_left_is_away_and_refuses_no_tag,
                     data::make({database_kind::postgresql, database_kind::mysql}), kind) {
    test_database database(kind);
    user_of_one_connection const user(database);
    session const only(user.url());
    tag_table table(user.url());
    BOOST_CHECK_EXCEPTION(store(table, tags_of(0, 1)), database_error,
                          [](database_error const& error) { return error.what_kind() == database_error::kind::lost; });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
