#include <rulehost/topic.hpp>

#include "bus/topics.hpp"

#include <boost/test/unit_test.hpp>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(topics)

BOOST_AUTO_TEST_CASE(pattern_covers_topics_as_in_nats) {
    BOOST_TEST(topic_matches("ttp.tagged", "ttp.tagged"));
    BOOST_TEST(!topic_matches("ttp.tagged", "ttp.tagged.more"));
    BOOST_TEST(!topic_matches("ttp.tagged", "ttp"));
    BOOST_TEST(topic_matches("ttp.rule.*.R0001", "ttp.rule.state.R0001"));
    BOOST_TEST(!topic_matches("ttp.rule.*", "ttp.rule.state.R0001"));
    BOOST_TEST(topic_matches("ttp.>", "ttp.rule.state.R0001"));
    BOOST_TEST(topic_matches("ttp.>", "ttp.tagged"));
    BOOST_TEST(!topic_matches("ttp.>", "ttp"));
    BOOST_TEST(topic_matches(">", "ttp"));
    BOOST_TEST(topic_matches("*.tagged", "ttp.tagged"));
    BOOST_TEST(!topic_matches("ttp.tag*", "ttp.tagged"));
}

BOOST_AUTO_TEST_CASE(token_of_any_text_is_one_token) {
    BOOST_TEST(topic_token("R0001") == "R0001");
    BOOST_TEST(topic_token("a.b*c>d e\n") == "a_b_c_d_e_");
    BOOST_TEST(topic_token("") == "_");
    BOOST_TEST(topic_matches("x.*", "x." + topic_token("a.b")));
}

BOOST_AUTO_TEST_CASE(id_in_a_topic_is_one_token) {
    BOOST_TEST(rule_fired_topic("T1548") == "ttp.rule.fired.T1548");
    BOOST_TEST(rule_reloaded_topic("R0001") == "ttp.rule.reloaded.R0001");
    BOOST_TEST(rule_state_topic("R0001") == "ttp.rule.state.R0001");
    BOOST_TEST(topic_matches("ttp.rule.state.*", rule_state_topic("a.b.>")));
    BOOST_TEST(topic_matches("ttp.rule.fired.*", rule_fired_topic("T1548.001")));
}

BOOST_AUTO_TEST_SUITE_END()
