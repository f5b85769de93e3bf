#include "report/navigator_layer.hpp"

#include "report_tags.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <utility>

using namespace rulehost;
using namespace std::chrono_literals;
using test::report_start;
using test::seen_tag;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(navigator_layers)

BOOST_AUTO_TEST_CASE(a_layer_scores_each_technique_in_its_tactic) {
    report_data data(report_start, report_start + 1h);
    for (int i = 0; i < 3; ++i)
        test::add(data, seen_tag("s1", i));
    test::add(data, seen_tag("s1", 5, "x", "TA0007", "T1083", ""));
    json::value const layer = navigator_layer(data, attack_table::enterprise());
    BOOST_TEST(layer.at("domain") == "enterprise-attack");
    BOOST_TEST(layer.at_pointer("/versions/layer") == "4.5");
    BOOST_TEST(layer.at_pointer("/versions/attack").as_string().find('.') == json::string::npos);
    BOOST_TEST(layer.at_pointer("/gradient/maxValue").to_number<int>() == 3);
    auto const& techniques = layer.at("techniques").as_array();
    BOOST_REQUIRE_EQUAL(techniques.size(), 2u);
    BOOST_TEST(layer.at("description") == "4 tags from 2026-01-01T00:00:00Z to 2026-01-01T01:00:00Z");
    BOOST_TEST(techniques[0].at("techniqueID") == "T1059.004");
    BOOST_TEST(techniques[0].at("tactic") == "execution");
    BOOST_TEST(techniques[0].at("score").to_number<int>() == 3);
    BOOST_TEST(techniques[1].at("tactic") == "discovery");
}

BOOST_AUTO_TEST_CASE(a_layer_of_nothing_has_a_gradient) {
    json::value const layer = navigator_layer(report_data(report_start, report_start + 1h), attack_table::enterprise());
    BOOST_TEST(layer.at("techniques").as_array().empty());
    BOOST_TEST(layer.at_pointer("/gradient/maxValue").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(a_layer_of_two_spans_scores_what_became_more_and_what_less) {
    report_data before(report_start, report_start + 1h);
    report_data after(report_start + 1h, report_start + 2h);
    for (int i = 0; i < 3; ++i)
        test::add(before, seen_tag("s1", i));
    test::add(before, seen_tag("s1", 4, "x", "TA0007", "T1082", ""));
    test::add(after, seen_tag("s1", 3605));
    test::add(after, seen_tag("s1", 3606, "x", "TA0007", "T1082", ""));
    test::add(after, seen_tag("s1", 3607, "x", "TA0007", "T1083", ""));
    json::value const layer = navigator_layer(before, after, attack_table::enterprise());
    std::map<std::string, std::pair<int, std::string>> found;
    for (auto const& each : layer.at("techniques").as_array())
        found[std::string(each.at("techniqueID").as_string())] = {each.at("score").to_number<int>(),
                                                                  std::string(each.at("comment").as_string())};
    BOOST_TEST(found.size() == 3u);
    BOOST_TEST((found["T1059.004"] == std::pair(-2, std::string("1 tag, 3 before"))));
    BOOST_TEST((found["T1082"] == std::pair(0, std::string("1 tag, 1 before"))));
    BOOST_TEST((found["T1083"] == std::pair(1, std::string("1 tag, 0 before"))));
    BOOST_TEST(layer.at_pointer("/gradient/minValue").to_number<int>() == -2);
    BOOST_TEST(layer.at_pointer("/gradient/maxValue").to_number<int>() == 2);
    BOOST_TEST(layer.at_pointer("/gradient/colors").as_array().size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_layer_of_two_sets_of_rules_scores_tags_that_differ) {
    rule_comparison compared{{"old", 1}, {"new", 1}, 2, 0, tag_differences(10)};
    auto const typed = [](tag const&) { return std::string(); };
    auto less = seen_tag("s1", 4);
    less.confidence = 0.1;
    compared.differences.compare({seen_tag("s1", 1), seen_tag("s1", 4)}, {seen_tag("s1", 2), seen_tag("s1", 3), less},
                                 typed);
    json::value const layer = navigator_layer(compared, attack_table::enterprise());
    auto const& techniques = layer.at("techniques").as_array();
    BOOST_REQUIRE_EQUAL(techniques.size(), 1u);
    BOOST_TEST(techniques[0].at("score").to_number<int>() == 1);
    BOOST_TEST(techniques[0].at("comment") == "+2 -1 ~1");
    BOOST_TEST(!techniques[0].as_object().contains("tactic"));
    BOOST_TEST(layer.at("description") == "old and new on 2 events");
}

BOOST_AUTO_TEST_CASE(observed_tags_do_not_score_in_a_layer_of_a_change_of_rules) {
    auto const observed = [](tag made) {
        made.observe = true;
        return made;
    };
    rule_comparison compared{{"old", 1}, {"new", 1}, 4, 0, tag_differences(10)};
    compared.differences.compare(
        {observed(seen_tag("s1", 1)), observed(seen_tag("s1", 2)), seen_tag("s1", 3)},
        {seen_tag("s1", 1), seen_tag("s1", 2), observed(seen_tag("s1", 3)), observed(seen_tag("s1", 4))},
        [](tag const&) { return std::string(); });
    json::value const layer = navigator_layer(compared, attack_table::enterprise());
    auto const& technique = layer.at("techniques").at(0);
    BOOST_TEST(technique.at("score").to_number<int>() == 1);
    BOOST_TEST(technique.at("comment") == "+1 -0 ~3 (2 promoted, 1 observed)");
}

BOOST_AUTO_TEST_SUITE_END()
