#include "report/navigator_layer.hpp"

#include "report_tags.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

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

BOOST_AUTO_TEST_SUITE_END()
