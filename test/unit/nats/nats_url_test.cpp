#include "nats/nats_url.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(nats_input_urls)

BOOST_AUTO_TEST_CASE(everything_in_a_url_is_read) {
    auto const read =
        parse_nats_url("nats://ann:p%40s@one:4222,two:4223/EVENTS?durable=fleet&subject=e.{partition}.%3e&"
                       "partitions=8&ack_wait=500ms&lease=2s&fetch=10&unacknowledged=99");
    BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error()));
    BOOST_TEST(read->connection.servers ==
                   (std::vector<std::string>{"nats://ann:p%40s@one:4222", "nats://ann:p%40s@two:4223"}),
               boost::test_tools::per_element());
    BOOST_TEST(read->source.stream == "EVENTS");
    BOOST_TEST(read->source.durable == "fleet");
    BOOST_TEST(read->source.subject == "e.{partition}.>");
    BOOST_TEST(read->source.partitions == 8u);
    BOOST_CHECK(read->source.ack_wait == 500ms);
    BOOST_CHECK(read->source.lease == 2s);
    BOOST_TEST(read->source.fetch == 10u);
    BOOST_TEST(read->source.max_unacknowledged == 99u);
}

BOOST_AUTO_TEST_CASE(lengths_are_durations_or_seconds) {
    std::vector<std::pair<std::string, std::chrono::milliseconds>> const lengths{
        {"30", 30s}, {"030", 30s}, {"86400", 24h}, {"100ms", 100ms}, {"90m", 90min}, {"1h", 1h}, {"1m30s", 90s}};
    for (auto const& [text, length] : lengths) {
        auto const read = parse_nats_url("nats://host/S?ack_wait=" + text);
        BOOST_REQUIRE_MESSAGE(read.has_value(), text);
        BOOST_CHECK(read->source.ack_wait == length);
    }
    for (auto const* const text : {"", "0", "-1", "99ms", "86401", "25h", "2d", "5x", "1h30", "99999999999", "1s 2"})
        BOOST_TEST(parse_nats_url("nats://host/S?lease=" + std::string(text)).has_error(), text);
}

BOOST_AUTO_TEST_CASE(mistakes_are_reported_without_the_password) {
    for (auto const* const url :
         {"", "nats://", "nats://host", "nats://host/", "nats:///S", "http://host/S", "nats://u:secret@host/S?x=1",
          "nats://u:secret@host/S?durable=a.b", "nats://u:secret@host/S?partitions=2",
          "nats://u:secret@host/S?partitions=999", "nats://u:secret@host/S?ack_wait=1ms",
          "nats://u:secret@host/S?subject=%0d%0aPUB", "nats://u:secret@host/a.b", "nats://u:secret@host,,b/S",
          "nats://u:secret@host/S?subject=%4", "nats://u:secret@host/S?durable",
          "nats://h/S?subject=a.%7Bpartition%7D"}) {
        auto const read = parse_nats_url(url);
        BOOST_REQUIRE_MESSAGE(read.has_error(), url);
        BOOST_TEST(read.error().find("secret") == std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
