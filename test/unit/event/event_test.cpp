#include <rulehost/event.hpp>

#include <boost/json/monotonic_resource.hpp>

#include <boost/test/unit_test.hpp>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(one_event)

BOOST_AUTO_TEST_CASE(anchor_is_found_by_its_name_only) {
    event e;
    e.attacker_uuid = "a";
    e.identity_uuid = "i";
    e.session_id = "s";
    e.decky_id = "d";
    BOOST_TEST(*anchor(e, "attacker_uuid") == "a");
    BOOST_TEST(*anchor(e, "identity_uuid") == "i");
    BOOST_TEST(*anchor(e, "session_id") == "s");
    BOOST_TEST(*anchor(e, "decky_id") == "d");
    BOOST_TEST(anchor(e, "source_id") == nullptr);
}

BOOST_AUTO_TEST_CASE(copy_outlives_the_memory_of_its_original) {
    event copy;
    {
        boost::json::monotonic_resource arena;
        event original;
        std::destroy_at(&original.payload);
        std::construct_at(&original.payload, boost::json::object{{"command_text", "a text too long to be kept inline"}},
                          &arena);
        event const copied(original);
        copy = copied;
    }
    BOOST_TEST(copy.payload.at("command_text").as_string() == "a text too long to be kept inline");
}

BOOST_AUTO_TEST_CASE(command_is_an_event_of_a_line_and_its_session) {
    auto const typed = event::command("cat /etc/passwd", "s1");
    BOOST_TEST(typed.source_kind == "command");
    BOOST_TEST(typed.session_id == "s1");
    BOOST_TEST(!typed.attacker_uuid.empty());
    BOOST_TEST(event::command("\xff").payload.at("command_text").as_string() == "\xef\xbf\xbd");
    BOOST_TEST(typed.payload.at("command_text").as_string() == "cat /etc/passwd");
    BOOST_TEST(typed.source_id == event::command("cat /etc/passwd", "s1").source_id);
    BOOST_TEST(typed.source_id != event::command("cat /etc/passwd", "s2").source_id);
    BOOST_TEST(typed.source_id != event::command("cat /etc/shadow", "s1").source_id);
}

BOOST_AUTO_TEST_SUITE_END()
