#include "output/alert_bodies.hpp"

#include "hostile_tags.hpp"
#include "text/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <chrono>
#include <regex>
#include <string>
#include <vector>

using namespace rulehost;
namespace json = boost::json;

namespace {

/// Whether typed text in it makes no chat mention a person or link anywhere, and no terminal obey it.
bool is_harmless(json::string const& value) {
    std::string const text(value.data(), value.size());
    return text.find('<') == text.npos && text.find('@') == text.npos && text.find("](") == text.npos &&
        std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

json::object alert_of(tag const& about) {
    return json::parse(alertmanager_alerts({&about, 1})).at(0).as_object();
}

} // namespace

BOOST_AUTO_TEST_SUITE(alerts)

BOOST_AUTO_TEST_CASE(falco_gets_an_event_of_its_own_form) {
    auto const event = json::parse(falco_event(test::full_tag())).as_object();
    BOOST_TEST(
        event.at("output") ==
        "T1059.004 Command and Scripting Interpreter: Unix Shell (0.85) from 203.0.113.5 on pot1: cat /etc/shadow");
    BOOST_TEST(event.at("priority") == "Warning");
    BOOST_TEST(event.at("rule") == "R1 shells");
    BOOST_TEST(event.at("time") == "2021-02-12T10:51:00.000000Z");
    BOOST_TEST(event.at("source") == "rulehost");
    BOOST_TEST(event.at("hostname") == "pot1");
    BOOST_TEST(event.at("tags") == (json::array{"mitre_T1059.004", "rulehost"}));
    auto const& fields = event.at("output_fields").as_object();
    BOOST_TEST(fields.at("fd.sip") == "203.0.113.5");
    BOOST_TEST(fields.at("proc.cmdline") == "cat /etc/shadow");
    BOOST_TEST(fields.at("tag.uuid").as_string() == to_string(test::full_tag().uuid));
}

BOOST_AUTO_TEST_CASE(alertmanager_gets_labels_that_are_the_same_for_the_same_thing) {
    auto again = test::full_tag("id");
    again.session_id = "other";
    auto const alert = alert_of(test::full_tag());
    BOOST_TEST(alert.at("labels") == alert_of(again).at("labels"));
    BOOST_TEST(alert.at("labels") ==
               (json::object{{"alertname", "R1 shells"},
                             {"rule_id", "R1"},
                             {"technique", "T1059.004"},
                             {"severity", "warning"},
                             {"tactic", "TA0002"},
                             {"src_ip", "203.0.113.5"},
                             {"sensor", "pot1"}}));
    BOOST_TEST(alert.at("startsAt") == "2021-02-12T10:51:00.000000Z");
    BOOST_TEST(alert.at("generatorURL") == "https://attack.mitre.org/techniques/T1059/004/");
    BOOST_TEST(alert.at("annotations").at("session") == "1a59d85e627b");
}

BOOST_AUTO_TEST_CASE(an_alert_of_a_sensor_whose_clock_is_ahead_has_begun_already) {
    auto about = test::full_tag();
    about.observed_at = about.created_at + std::chrono::hours{1};
    BOOST_TEST(alert_of(about).at("startsAt") == "2021-02-12T10:51:01.000000Z");
}

BOOST_AUTO_TEST_CASE(hostile_text_is_harmless_for_every_receiver) {
    test::hostile_texts texts;
    for (int i = 0; i < 1000; ++i) {
        auto const about = texts.next_tag();
        auto const event = json::parse(to_valid_utf8(falco_event(about))).as_object();
        BOOST_TEST(is_harmless(event.at("output").as_string()));
        for (auto const& [name, value] : event.at("output_fields").as_object())
            BOOST_TEST((!value.is_string() || is_harmless(value.get_string())), name);
        auto const alert = json::parse(to_valid_utf8(alertmanager_alerts({&about, 1}))).at(0).as_object();
        for (auto const* const part : {"labels", "annotations"})
            for (auto const& [name, value] : alert.at(part).as_object())
                BOOST_TEST(is_harmless(value.as_string()), name);
    }
}

BOOST_AUTO_TEST_CASE(names_of_labels_are_those_of_prometheus_and_none_is_empty) {
    auto about = test::full_tag();
    about.decky_id.clear();
    auto const alert = alert_of(about);
    for (auto const& [name, value] : alert.at("labels").as_object()) {
        BOOST_TEST(std::regex_match(std::string(name), std::regex("[a-zA-Z_][a-zA-Z0-9_]*")), name);
        BOOST_TEST(!value.as_string().empty(), name);
    }
}

BOOST_AUTO_TEST_CASE(the_path_is_that_of_alerts_behind_the_one_given) {
    BOOST_TEST(alertmanager_path("/") == "/api/v2/alerts");
    BOOST_TEST(alertmanager_path("/am/") == "/am/api/v2/alerts");
}

BOOST_AUTO_TEST_SUITE_END()
