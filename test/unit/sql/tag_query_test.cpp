#include "sql/tag_query.hpp"

#include "sql/tag_table.hpp"
#include "support/tags.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

using namespace rulehost;
using test::every_kind;
using test::test_database;
namespace data = boost::unit_test::data;

namespace {

using ids = std::vector<std::string>;

constexpr time_point noon{std::chrono::seconds{1'767'268'800}}; // 2026-01-01T12:00:00Z

tag tag_of(std::string source_id, std::chrono::minutes at) {
    auto made = test::make_tag(std::move(source_id), "T1059", "T1059.004");
    made.created_at = noon + std::chrono::hours{24};
    made.observed_at = noon + at;
    made.src_ip = "203.0.113.5";
    made.session_id = "s1";
    return made;
}

void store(test_database const& database, std::vector<tag> const& tags) {
    tag_table table(parse_database_url(database.url()));
    std::vector<tag const*> all;
    for (auto const& each : tags)
        all.push_back(&each);
    table.store(all, {}, {});
}

ids ids_of(std::vector<stored_tag> const& tags) {
    ids all;
    for (auto const& each : tags)
        all.push_back(each.value.source_id);
    return all;
}

ids found(session& sql, tag_filter const& which) {
    return ids_of(tag_query(sql).page(which, tag_query::order::oldest_first, nullptr, 100));
}

} // namespace

BOOST_AUTO_TEST_SUITE(tag_queries)

BOOST_DATA_TEST_CASE(a_tag_is_read_as_it_was_stored, data::make(every_kind), kind) {
    test_database database(kind);
    auto full = tag_of("a", std::chrono::minutes{0});
    full.evidence["hostile"] = "\x1b[2J'\"\\";
    full.src_port = 50022;
    full.decky_id = "pot1";
    full.tactic_name = "Execution";
    full.technique_name = "Command and Scripting Interpreter: Unix Shell";
    full.clipped_from = 0.1 + 0.2;
    full.rule_name = "shells";
    full.truncated = true;
    full.undecided = true;
    full.revision = 42;
    full.input = "cowrie.json";
    full.line = 7;
    store(database, {full});
    auto client = database.client();
    auto const read = tag_query(client).page({}, tag_query::order::newest_first, nullptr, 10);
    BOOST_REQUIRE_EQUAL(read.size(), 1u);
    std::string expected, got;
    append_json(expected, full);
    append_json(got, read[0].value);
    BOOST_TEST(got == expected);
    BOOST_TEST((read[0].happened_at == *full.observed_at));
}

BOOST_DATA_TEST_CASE(each_condition_leaves_the_others_out, data::make(every_kind), kind) {
    test_database database(kind);
    auto late = tag_of("late", std::chrono::minutes{60});
    auto untimed = tag_of("untimed", {});
    untimed.observed_at.reset();
    untimed.session_id = "s2";
    auto other = test::make_tag("other", "T1083");
    other.created_at = other.observed_at.emplace(noon - std::chrono::minutes{60});
    other.src_ip = "10.1.2.3";
    other.attacker_uuid = "22222222-2222-3333-4444-555555555555";
    other.rule_id = "R2";
    other.confidence = 0.5;
    auto hashed = tag_of("hashed", std::chrono::minutes{30});
    hashed.src_ip = "a1d493f45b7c8fd4";
    hashed.sub_technique_id.clear();
    hashed.uuid = tag_uuid("command", "hashed", "R1", 1, "T1059", "");
    auto taken_back = tag_of("retracted", std::chrono::minutes{10});
    store(database, {late, untimed, other, hashed, tag_of("early", std::chrono::minutes{0}), taken_back});
    auto client = database.client();
    client.execute("UPDATE ttp_tag SET retracted = 1 WHERE source_id = 'retracted'");
    ids const all{"other", "early", "hashed", "late", "untimed"};
    auto const only = [&](std::function<void(tag_filter&)> const& set, ids const& expected) {
        tag_filter which;
        set(which);
        BOOST_TEST(found(client, which) == expected, boost::test_tools::per_element());
    };
    only([](tag_filter&) {}, all);
    only([](tag_filter& f) { f.since = noon; }, {"early", "hashed", "late", "untimed"});
    only([](tag_filter& f) { f.until = noon + std::chrono::minutes{60}; }, {"other", "early", "hashed"});
    only([](tag_filter& f) { f.session_id = "s2"; }, {"untimed"});
    only([&](tag_filter& f) { f.attacker_uuid = other.attacker_uuid; }, {"other"});
    only([](tag_filter& f) { f.technique = "T1059"; }, {"early", "hashed", "late", "untimed"});
    only([](tag_filter& f) { f.technique = "T1059.004"; }, {"early", "late", "untimed"});
    only([](tag_filter& f) { f.rule_id = "R2"; }, {"other"});
    only([](tag_filter& f) { f.source = address_range::parse("203.0.113.0/24"); }, {"early", "late", "untimed"});
    only([](tag_filter& f) { f.source = address_range::parse("10.1.2.3"); }, {"other"});
    only([](tag_filter& f) { f.min_confidence = 0.85; }, {"early", "hashed", "late", "untimed"});
    only([](tag_filter& f) { f.session_id = "' OR 1 = 1 --"; }, {});
}

BOOST_DATA_TEST_CASE(pages_leave_nothing_out_and_repeat_nothing, data::make(every_kind), kind) {
    test_database database(kind);
    std::vector<tag> tags;
    for (int i = 0; i < 50; ++i)
        tags.push_back(tag_of("t" + std::to_string(i), std::chrono::minutes{i / 10})); // ten at a time
    store(database, tags);
    auto client = database.client();
    tag_query query(client);
    for (auto const how : {tag_query::order::oldest_first, tag_query::order::newest_first}) {
        std::vector<stored_tag> all;
        for (;;) {
            auto page = query.page({}, how, all.empty() ? nullptr : &all.back(), 7);
            if (page.empty())
                break;
            all.insert(all.end(), page.begin(), page.end());
        }
        auto seen = ids_of(all);
        std::sort(seen.begin(), seen.end());
        BOOST_TEST(seen.size() == 50u);
        BOOST_TEST((std::unique(seen.begin(), seen.end()) == seen.end()));
        auto const is_after = [&](stored_tag const& left, stored_tag const& right) {
            return how == tag_query::order::oldest_first ? left.happened_at < right.happened_at
                                                         : left.happened_at > right.happened_at;
        };
        BOOST_TEST(std::is_sorted(all.begin(), all.end(), is_after));
    }
}

BOOST_DATA_TEST_CASE(tags_inserted_later_are_found_at_any_event_time, data::make(every_kind), kind) {
    test_database database(kind);
    store(database, {tag_of("before", std::chrono::minutes{60})});
    auto client = database.client();
    tag_query query(client);
    auto const place = query.end_of_inserts();
    store(database, {tag_of("old", std::chrono::minutes{-6000}), tag_of("new", std::chrono::minutes{90})});
    ids later;
    std::vector<stored_tag> page;
    do {
        auto const last = page.empty() ? stored_tag() : page.back();
        page = query.inserted_since(place, {}, page.empty() ? nullptr : &last, 1);
        for (auto const& each : page)
            if (each.inserted > place)
                later.push_back(each.value.source_id);
    } while (!page.empty());
    std::sort(later.begin(), later.end());
    BOOST_TEST(later == (ids{"new", "old"}), boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_network_of_very_many_tags_is_read_by_time, data::make({database_kind::sqlite}), kind) {
    test_database database(kind);
    std::vector<tag> tags;
    for (int i = 0; i < 10'500; ++i)
        tags.push_back(tag_of("t" + std::to_string(i), std::chrono::minutes{i}));
    store(database, tags);
    auto client = database.client();
    tag_filter which;
    which.source = address_range::parse("203.0.0.0/8");
    tag_query query(client);
    auto const first = query.page(which, tag_query::order::newest_first, nullptr, 2);
    BOOST_TEST(ids_of(first) == (ids{"t10499", "t10498"}), boost::test_tools::per_element());
    auto const second = query.page(which, tag_query::order::newest_first, &first.back(), 1);
    BOOST_TEST(ids_of(second) == ids{"t10497"}, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(pages_are_read_by_an_index, data::make(every_kind), kind) {
    test_database database(kind);
    std::vector<tag> tags;
    for (int i = 0; i < 300; ++i) {
        tags.push_back(tag_of("t" + std::to_string(i), std::chrono::minutes{i}));
        tags.back().src_ip = "198.18.0." + std::to_string(i % 250);
        tags.back().session_id = "s" + std::to_string(i);
    }
    store(database, tags);
    auto client = database.client();
    auto const is_postgresql = kind == database_kind::postgresql;
    if (is_postgresql)
        client.execute("SET enable_seqscan = off"); // the table is too small for its index
    auto const explain = std::string(kind == database_kind::sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ");
    auto const columns = kind == database_kind::sqlite ? 4u : kind == database_kind::postgresql ? 1u : 10u;
    tag_query query(client);
    auto const start = query.page({}, tag_query::order::newest_first, nullptr, 1).at(0);
    auto const plan = [&](tag_filter const& which) {
        std::string text;
        std::vector<sql_value> values;
        auto const statement = query.page_statement(which, tag_query::order::newest_first, &start, 100, values);
        for (auto const& row : client.query(explain + statement, columns, values))
            // MariaDB lists all possible indexes, then the chosen one.
            for (auto i = columns == 10 ? 5u : 0u; i < columns; ++i)
                text += row[i].value_or("") + "|";
        return text;
    };
    auto const check = [&](std::string const& index, std::function<void(tag_filter&)> const& set) {
        tag_filter which;
        set(which);
        auto const text = plan(which);
        BOOST_TEST(text.find(index) != std::string::npos, index << " is not in " << text);
    };
    check("ttp_tag_session", [](tag_filter& f) { f.session_id = "s7"; });
    if (is_postgresql)
        client.execute("SET enable_sort = off"); // nor for an ordered index scan
    check("ttp_tag_happened", [](tag_filter& f) { f.since = noon; });
    check("ttp_tag_technique_happened", [](tag_filter& f) { f.technique = "T1083"; });
    check("ttp_tag_rule_happened", [](tag_filter& f) { f.rule_id = "R9"; });
    check("ttp_tag_", [](tag_filter& f) { f.source = address_range::parse("198.18.0.7"); });
}

BOOST_AUTO_TEST_SUITE_END()
