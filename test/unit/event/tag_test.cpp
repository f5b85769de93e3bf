#include <rulehost/tag.hpp>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/uuid/uuid_io.hpp>

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
    BOOST_TEST(json.size() == 17u);
    BOOST_TEST(json.at("uuid") == "9aa491e5-f03b-5d8f-9eb5-161becedcdd6");
    BOOST_TEST(json.at("identity_uuid").is_null());
    BOOST_TEST(json.at("evidence").at("command_text") == "ls");
    BOOST_TEST(json.at("created_at") == "1970-01-01T00:00:00.000000Z");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
