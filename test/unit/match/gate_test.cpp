#include "match/gate.hpp"

#include <rulehost/rule_reader.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

namespace rulehost {

namespace {

using words = std::set<std::string>;

/// The words of each list of the gate of the only test in `condition`; `(field)` stands for the presence of a field.
std::set<words> gate_words(std::string const& condition) {
    auto const documents = read_rules("rule_id: R1\nname: a_test\napplies_to: [http_request]\nmatch: " + condition +
                                          "\nemits: [{tactic: TA0011, technique_id: T1105, confidence: 0.9}]\n",
                                      "test.yaml");
    BOOST_REQUIRE_EQUAL(documents.size(), 1u);
    BOOST_REQUIRE_MESSAGE(documents[0].definition, condition);
    std::uint32_t tests = 0;
    predicate const asked(documents[0].definition->match, "http_request", tests);
    std::vector<gate> of_tests;
    append_gates(asked, of_tests);
    BOOST_REQUIRE_EQUAL(of_tests.size(), 1u);
    std::set<words> lists;
    for (auto const& list : of_tests.front()) {
        words of_list;
        for (auto const& each : list)
            of_list.insert(each.word.empty() ? "(field)" : each.word);
        lists.insert(of_list);
    }
    return lists;
}

using gates = std::set<words>;

} // namespace

BOOST_AUTO_TEST_SUITE(gates_of_conditions)

BOOST_AUTO_TEST_CASE(a_text_must_occur_in_lower_case) {
    BOOST_TEST((gate_words("{field: a, equals: Masscan}") == gates{{"masscan"}}));
    BOOST_TEST((gate_words("{field: a, contains: [masscan, zgrab]}") == gates{{"masscan", "zgrab"}}));
}

BOOST_AUTO_TEST_CASE(a_literal_of_an_expression_must_occur) {
    BOOST_TEST((gate_words("{field: a, pattern: 'masscan[0-9]+'}") == gates{{"masscan"}}));
    BOOST_TEST((gate_words("{field: a, pattern: 'masscan|zgrab'}") == gates{{"masscan", "zgrab"}}));
}

BOOST_AUTO_TEST_CASE(where_no_word_is_needed_the_field_is) {
    BOOST_TEST((gate_words("{field: a, pattern: '[0-9]'}") == gates{{"(field)"}}));
    BOOST_TEST((gate_words("{field: a, at_least: 5}") == gates{{"(field)"}}));
    BOOST_TEST((gate_words("{field: a, exists: true}") == gates{{"(field)"}}));
}

BOOST_AUTO_TEST_CASE(a_condition_that_holds_without_anything_has_no_gate) {
    BOOST_TEST((gate_words("{field: a, exists: false}") == gates{}));
}

BOOST_AUTO_TEST_CASE(longer_words_are_worth_more_than_short_ones_and_any_word_more_than_a_field) {
    std::vector<trigger> const seldom{{{{"a"}}, "masscan"}};
    std::vector<trigger> const often{{{{"a"}}, "ls"}};
    std::vector<trigger> const field{{{{"a"}}, ""}};
    BOOST_TEST(worth(seldom) > worth(often));
    BOOST_TEST(worth(often) > worth(field));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
