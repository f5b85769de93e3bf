#include <rulehost/tag.hpp>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <chrono>
#include <string>

namespace rulehost {

BOOST_AUTO_TEST_SUITE(tag_identity)

BOOST_AUTO_TEST_CASE(equals_the_ids_of_existing_deployments) {
    BOOST_TEST(boost::uuids::to_string(tag_uuid("command", "cmd_42", "R0014", 2, "T1083", "")) ==
               "9aa491e5-f03b-5d8f-9eb5-161becedcdd6");
    BOOST_TEST(boost::uuids::to_string(tag_uuid("command", "cmd_42", "R0015", 1, "T1548", "T1548.001")) ==
               "4fd57b14-c135-544c-97d9-4fabc1051584");
}

BOOST_AUTO_TEST_CASE(separators_inside_a_field_do_not_move_its_border) {
    BOOST_TEST(tag_uuid("command", "a|b", "c", 1, "T1", "") != tag_uuid("command", "a", "b|c", 1, "T1", ""));
    BOOST_TEST(tag_uuid("command", "a\\", "b", 1, "T1", "") != tag_uuid("command", "a", "\\b", 1, "T1", ""));
    BOOST_TEST(tag_uuid("command", "a\\|b", "c", 1, "T1", "") != tag_uuid("command", "a|b", "c", 1, "T1", ""));
}

BOOST_AUTO_TEST_CASE(url_leads_to_the_sub_technique) {
    BOOST_TEST(mitre_url("T1548", "T1548.001") == "https://attack.mitre.org/techniques/T1548/001/");
    BOOST_TEST(mitre_url("T1083", "") == "https://attack.mitre.org/techniques/T1083/");
}

BOOST_AUTO_TEST_CASE(json_has_every_member_and_null_for_what_is_empty) {
    tag t;
    t.uuid = tag_uuid("command", "cmd_42", "R0014", 2, "T1083", "");
    t.source_kind = "command";
    t.technique_id = "T1083";
    t.confidence = 0.5;
    t.rule_version = 2;
    t.evidence = {{"command_text", "ls"}};
    auto const json = to_json(t);
    BOOST_TEST(json.size() == 30u);
    BOOST_TEST(json.at("uuid") == "9aa491e5-f03b-5d8f-9eb5-161becedcdd6");
    BOOST_TEST(json.at("identity_uuid").is_null());
    BOOST_TEST(json.at("evidence").at("command_text") == "ls");
    BOOST_TEST(json.at("created_at") == "1970-01-01T00:00:00.000000Z");
    for (auto const* const name : {"observed_at", "src_ip", "src_port", "clipped_from", "rule_name", "origin"})
        BOOST_TEST(json.at(name).is_null(), name);
    BOOST_TEST(json.at("truncated") == false);
    BOOST_TEST(json.at("undecided") == false);
    BOOST_TEST(json.at("observe") == false);
}

BOOST_AUTO_TEST_CASE(json_holds_time_source_and_rule) {
    tag t;
    t.observed_at = time_point{std::chrono::seconds{1'613'127'060}};
    t.src_ip = "203.0.113.5";
    t.src_port = 50022;
    t.decky_id = "pot1";
    t.technique_name = "OS Credential Dumping: /etc/passwd and /etc/shadow";
    t.clipped_from = 0.9;
    t.rule_name = "a \"name\"\n";
    t.truncated = true;
    t.undecided = true;
    t.revision = 42;
    t.input = "cowrie.json";
    t.line = 7;
    auto const json = to_json(t);
    BOOST_TEST(json.at("observed_at") == "2021-02-12T10:51:00.000000Z");
    BOOST_TEST(json.at("src_ip") == "203.0.113.5");
    BOOST_TEST(json.at("src_port") == 50022);
    BOOST_TEST(json.at("sensor") == "pot1");
    BOOST_TEST(json.at("decky_id") == "pot1");
    BOOST_TEST(json.at("technique_name").as_string() == t.technique_name);
    BOOST_TEST(json.at("clipped_from") == 0.9);
    BOOST_TEST(json.at("rule_name").as_string() == t.rule_name);
    BOOST_TEST(json.at("truncated") == true);
    BOOST_TEST(json.at("undecided") == true);
    BOOST_TEST(json.at("revision") == 42);
    BOOST_TEST(json.at("origin").at("input") == "cowrie.json");
    BOOST_TEST(json.at("origin").at("line") == 7);
    std::string text;
    append_json(text, t);
    BOOST_TEST(text.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
