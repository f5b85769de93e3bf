#include "sql/rule_hour_table.hpp"

#include "sql/session/schema.hpp"
#include "sql/tag_table.hpp"
#include "support/tags.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace rulehost {

namespace data = boost::unit_test::data;
using namespace std::chrono_literals;
using test::every_kind;
using test::test_database;

namespace {

constexpr time_point full_hour{1'767'225'600s};

struct opened {
    explicit opened(database_kind kind)
        : database(kind),
          table(parse_database_url(database.url()), database_access::create, {}),
          sql(parse_database_url(database.url())) {
        prepare_schema(sql);
    }

    void add(std::string rule, std::uint64_t hits, std::string const& worker, duration after) {
        std::vector<rule_counts> const counts{{std::move(rule), hits, 2, 3, 4, 5}};
        table.add(counts, worker, full_hour + after);
    }
    std::string totals(duration after) {
        std::string text;
        for (auto const& each : rule_counts_since(sql, full_hour + after))
            text += each.rule_id + ':' + std::to_string(each.hits) + '/' + std::to_string(each.tags) + '/' +
                std::to_string(each.withheld) + '/' + std::to_string(each.measured) + '/' + std::to_string(each.cost) +
                ' ';
        return text;
    }

    test_database database;
    rule_hour_table table;
    session sql;
};

} // namespace

BOOST_AUTO_TEST_SUITE(rule_hour_tables)

BOOST_DATA_TEST_CASE(counts_of_a_rule_add_up_over_hours_and_workers, data::make(every_kind)) {
    opened with(sample);
    with.add("R1", 1, "w1", 10min);
    with.add("R1", 10, "w1", 20min);
    with.add("R1", 100, "w2", 20min);
    with.add("R2", 7, "w1", 20min);
    with.add("R1", 1000, "w1", 61min);
    BOOST_TEST(with.sql.query("SELECT hits FROM ttp_rule_hour", 1).size() == 4u);
    BOOST_TEST(with.totals(0h) == "R1:1111/8/12/16/20 R2:7/2/3/4/5 ");
    BOOST_TEST(with.totals(59min) == "R1:1111/8/12/16/20 R2:7/2/3/4/5 ");
    BOOST_TEST(with.totals(1h) == "R1:1000/2/3/4/5 ");
}

BOOST_DATA_TEST_CASE(old_hours_are_removed_some_at_a_time, data::make(every_kind)) {
    opened with(sample);
    for (int hour = 0; hour < 5; ++hour)
        with.add("R1", 1, "w1", std::chrono::hours{hour});
    BOOST_TEST(with.table.remove_before(full_hour + 3h, 2) == 2u);
    BOOST_TEST(with.table.remove_before(full_hour + 3h, 2) == 1u);
    BOOST_TEST(with.table.remove_before(full_hour + 3h, 2) == 0u);
    BOOST_TEST(with.totals(0h) == "R1:2/4/6/8/10 ");
}

BOOST_DATA_TEST_CASE(tags_are_counted_by_rule_with_attackers_and_sessions, data::make(every_kind)) {
    opened with(sample);
    std::vector<tag> tags;
    for (int i = 0; i < 6; ++i) {
        auto made = test::make_tag("e" + std::to_string(i));
        made.rule_id = i < 2 ? "R1" : "R2";
        made.rule_name = "name of " + made.rule_id;
        made.uuid = tag_uuid(made.source_kind, made.source_id, made.rule_id, 1, made.technique_id, "");
        made.attacker_uuid = "a" + std::to_string(i % 3);
        made.session_id = i == 5 ? "" : "s1";
        made.created_at = full_hour + std::chrono::minutes{i};
        tags.push_back(made);
    }
    std::vector<tag const*> pointers;
    for (auto const& each : tags)
        pointers.push_back(&each);
    tag_table(parse_database_url(with.database.url())).store(pointers, {}, {});
    auto const found = rule_tags_since(with.sql, full_hour + 1min);
    BOOST_REQUIRE_EQUAL(found.size(), 2u);
    BOOST_TEST(found[0].rule_id == "R2");
    BOOST_TEST(found[0].name == "name of R2");
    BOOST_TEST(found[0].tags == 4u);
    BOOST_TEST(found[0].attackers == 3u);
    BOOST_TEST(found[0].sessions == 1u);
    BOOST_TEST(found[1].tags == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
