#include "sql/outbox_table.hpp"
#include "sql/tag_retraction.hpp"
#include "sql/tag_table.hpp"
#include "support/tags.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace rulehost {

namespace data = boost::unit_test::data;
using test::every_kind;
using test::test_database;

namespace {

constexpr time_point noon{std::chrono::seconds{1'767'225'600}};

/// Tags of R1, a second apart from noon on.
std::vector<tag> tags_of_rule(std::size_t count) {
    std::vector<tag> all;
    for (std::size_t i = 0; i != count; ++i) {
        all.push_back(test::make_tag("cmd_" + std::to_string(i)));
        all.back().created_at = noon + std::chrono::seconds{i};
    }
    return all;
}

void store(test_database& database, std::vector<tag> const& tags) {
    std::vector<tag const*> all;
    for (auto const& each : tags)
        all.push_back(&each);
    tag_table(parse_database_url(database.url())).store(all, {}, {});
}

std::vector<outbox_row> announce(std::vector<tag const*> const& tags, retraction const& why) {
    std::vector<outbox_row> rows;
    for (auto const* const each : tags)
        rows.push_back({.message_id = each->source_id, .topic = "t", .payload = why.by + ": " + why.reason});
    return rows;
}

tag_retraction retract(test_database& database, tag_filter which, tag_retraction::messages_about messages = announce) {
    return {parse_database_url(database.url()),
            std::move(which),
            {.at = {}, .by = "ann", .reason = "INC-1"},
            std::move(messages)};
}

std::string ask(test_database& database, std::string const& what) {
    return database.client().query("SELECT " + what, 1).at(0)[0].value();
}

tag_filter of_rule(std::string rule_id) {
    tag_filter which;
    which.rule_id = std::move(rule_id);
    return which;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tag_retractions)

BOOST_DATA_TEST_CASE(retracted_tags_stay_and_have_one_message_each, data::make(every_kind), kind) {
    test_database database(kind);
    auto tags = tags_of_rule(7);
    tags[6].rule_id = "R2";
    store(database, tags);
    outbox_table(parse_database_url(database.url())).passed("soc");
    auto which = of_rule("R1");
    which.since = noon + std::chrono::seconds{1};
    auto pages = retract(database, which);
    BOOST_TEST(pages.next(3) == 3u);
    BOOST_TEST(pages.next(3) == 2u);
    BOOST_TEST(retract(database, which).next(3) == 0u); // done before
    BOOST_TEST(ask(database, "COUNT(*) FROM ttp_outbox") == "5");
    BOOST_TEST(ask(database, "COUNT(*) FROM ttp_outbox WHERE payload = 'ann: INC-1'") == "5");

    auto client = database.client();
    tag_query query(client);
    auto left = query.page({}, tag_query::order::oldest_first, nullptr, 10);
    BOOST_REQUIRE_EQUAL(left.size(), 2u);
    BOOST_TEST(left[0].value.source_id == "cmd_0");
    BOOST_TEST(left[1].value.source_id == "cmd_6");
    tag_filter all;
    all.with_retracted = true;
    auto const shown = query.page(all, tag_query::order::oldest_first, nullptr, 10);
    BOOST_REQUIRE_EQUAL(shown.size(), 7u);
    BOOST_TEST(!shown[0].retracted);
    BOOST_REQUIRE(shown[1].retracted);
    BOOST_TEST(shown[1].retracted->at.has_value());
    BOOST_TEST(shown[1].retracted->by == "ann");
    BOOST_TEST(shown[1].retracted->reason == "INC-1");
    BOOST_TEST(tags_by_technique(client, {}).at("T1083") == 2u);
    BOOST_TEST(tags_by_technique(client, all).at("T1083") == 7u);
    auto const counted = count_tags(client, all);
    BOOST_REQUIRE_EQUAL(counted.size(), 2u);
    BOOST_TEST(counted[0].rule_id == "R1");
    BOOST_TEST(counted[0].technique == "T1083");
    BOOST_TEST(counted[0].tags == 6u);

    store(database, tags); // a replay brings nothing back
    BOOST_TEST(query.page({}, tag_query::order::oldest_first, nullptr, 10).size() == 2u);
    client.execute("UPDATE ttp_tag SET retracted = 1 WHERE source_id = 'cmd_0'");
    auto const by_hand = query.page(all, tag_query::order::oldest_first, nullptr, 1).at(0).retracted;
    BOOST_REQUIRE(by_hand);
    BOOST_TEST(!by_hand->at);
    BOOST_TEST(by_hand->by.empty());
}

BOOST_DATA_TEST_CASE(tags_that_are_inserted_after_the_count_are_left_alone, data::make(every_kind), kind) {
    test_database database(kind);
    auto const tags = tags_of_rule(4);
    store(database, {tags.begin(), tags.begin() + 3});
    auto client = database.client();
    if (kind != database_kind::sqlite) // as in a database from before the column
        client.execute("UPDATE ttp_tag SET stored_at = NULL WHERE source_id = 'cmd_0'");
    auto which = of_rule("R1");
    which.inserted_until = tag_query(client).end_of_inserts();
    store(database, tags);
    BOOST_TEST(count_tags(client, which).at(0).tags == 3u);
    auto pages = retract(database, which);
    BOOST_TEST(pages.next(2) == 2u);
    BOOST_TEST(pages.next(2) == 1u);
    BOOST_TEST(ask(database, "COUNT(*) FROM ttp_tag WHERE retracted = 1") == "3");
}

BOOST_DATA_TEST_CASE(without_a_consumer_a_retraction_leaves_no_message, data::make(every_kind), kind) {
    test_database database(kind);
    store(database, tags_of_rule(2));
    BOOST_TEST(retract(database, of_rule("R1")).next(5) == 2u);
    BOOST_TEST(ask(database, "COUNT(*) FROM ttp_outbox") == "0");
}

BOOST_DATA_TEST_CASE(a_message_that_cannot_be_written_leaves_its_tags_as_they_are, data::make(every_kind), kind) {
    test_database database(kind);
    store(database, tags_of_rule(3));
    outbox_table(parse_database_url(database.url())).passed("soc");
    auto const fails = [](std::vector<tag const*> const&, retraction const&) -> std::vector<outbox_row> {
        throw std::runtime_error("no");
    };
    BOOST_CHECK_THROW(retract(database, of_rule("R1"), fails).next(2), std::runtime_error);
    BOOST_TEST(ask(database, "COUNT(*) FROM ttp_tag WHERE retracted = 1") == "0");
}

BOOST_DATA_TEST_CASE(two_retractions_of_the_same_tags_share_them_out, data::make(every_kind), kind) {
    test_database database(kind);
    constexpr std::size_t count = 400;
    store(database, tags_of_rule(count));
    outbox_table(parse_database_url(database.url())).passed("soc");
    std::atomic<std::size_t> retracted = 0;
    std::vector<std::thread> both;
    for (int i = 0; i < 2; ++i)
        both.emplace_back([&] {
            auto pages = retract(database, of_rule("R1"));
            for (std::size_t n = 20; n == 20;)
                retracted += n = pages.next(20);
        });
    for (auto& each : both)
        each.join();
    BOOST_TEST(retracted == count);
    BOOST_TEST(ask(database, "COUNT(*) FROM ttp_tag WHERE retracted = 1") == std::to_string(count));
    BOOST_TEST(ask(database, "COUNT(*) FROM ttp_outbox") == std::to_string(count));
    BOOST_TEST(ask(database, "COUNT(DISTINCT message_id) FROM ttp_outbox") == std::to_string(count));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
