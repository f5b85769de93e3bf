#include "delivery/tag_messages.hpp"

#include "support/tags.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <chrono>
#include <vector>

using namespace rulehost;
using rulehost::test::make_tag;

namespace {

boost::json::object payload_of(outbox_row const& message) {
    return boost::json::parse(message.payload).as_object();
}

} // namespace

BOOST_AUTO_TEST_SUITE(messages_about_tags)

BOOST_AUTO_TEST_CASE(hold_time_source_and_rule_and_no_typed_text) {
    auto one = make_tag("cmd_1", "T1059", "T1059.004");
    one.observed_at = time_point{std::chrono::seconds{1'613'127'060}};
    one.src_ip = "203.0.113.5";
    one.src_port = 50022;
    one.technique_name = "Command and Scripting Interpreter: Unix Shell";
    one.rule_name = "shells";
    one.clipped_from = 0.9;
    one.revision = 42;
    one.input = "cowrie.json";
    one.line = 7;
    auto other = make_tag("cmd_1", "T1083");
    auto const messages = messages_about({&one, &other});
    BOOST_REQUIRE_EQUAL(messages.size(), 3u);
    for (auto const& each : messages) {
        BOOST_TEST(each.payload.find("-perm") == std::string::npos);
        auto const payload = payload_of(each);
        BOOST_TEST(payload.at("source_id") == "cmd_1");
    }
    BOOST_TEST(messages[0].topic == "ttp.tagged");
    auto const tagged = payload_of(messages[0]);
    BOOST_TEST(tagged.at("observed_at") == "2021-02-12T10:51:00.000000Z");
    BOOST_TEST(tagged.at("src_ip") == "203.0.113.5");
    BOOST_TEST(tagged.at("origin").at("line") == 7);
    BOOST_TEST(tagged.at("tags").as_array().size() == 2u);
    BOOST_TEST((tagged.at("techniques") == boost::json::array{"T1059.004", "T1083"}));
    BOOST_TEST(messages[1].topic == "ttp.rule.fired.T1059");
    BOOST_TEST(messages[1].message_id == "fired-" + to_string(one.uuid));
    auto const fired = payload_of(messages[1]);
    BOOST_TEST(fired.at("tag").as_string() == to_string(one.uuid));
    BOOST_TEST(fired.at("technique_name").as_string() == one.technique_name);
    BOOST_TEST(fired.at("rule_name") == "shells");
    BOOST_TEST(fired.at("clipped_from") == 0.9);
    BOOST_TEST(fired.at("revision") == 42);
    BOOST_TEST(payload_of(messages[2]).at("observed_at").is_null());
}

BOOST_AUTO_TEST_CASE(a_technique_of_several_rules_is_named_once_for_its_event) {
    auto const first = make_tag("cmd_1");
    auto second = make_tag("cmd_1");
    second.rule_id = "R2";
    BOOST_TEST((payload_of(messages_about({&first, &second})[0]).at("techniques") == boost::json::array{"T1083"}));
}

BOOST_AUTO_TEST_CASE(messages_about_retracted_tags_name_who_took_them_back_and_why) {
    auto one = make_tag("cmd_1", "T1059", "T1059.004");
    one.observe = true;
    auto const other = make_tag("cmd_2");
    auto const messages = messages_about_retracted(
        {&one, &other},
        {.at = time_point{std::chrono::seconds{1'613'127'060}}, .by = "ann", .reason = "our \"scanner\""});
    BOOST_REQUIRE_EQUAL(messages.size(), 2u);
    BOOST_TEST(messages[0].topic == "ttp.tag.retracted");
    BOOST_TEST(messages[0].message_id == "retracted-" + to_string(one.uuid));
    auto const payload = payload_of(messages[0]);
    BOOST_TEST(payload.at("tag").as_string() == to_string(one.uuid));
    BOOST_TEST(payload.at("sub_technique_id") == "T1059.004");
    BOOST_TEST(payload.at("retracted_at") == "2021-02-12T10:51:00.000000Z");
    BOOST_TEST(payload.at("retracted_by") == "ann");
    BOOST_TEST(payload.at("reason") == "our \"scanner\"");
    BOOST_TEST(messages[0].payload.find("-perm") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
