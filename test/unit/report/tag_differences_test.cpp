#include "report/tag_differences.hpp"

#include "event/typed_text.hpp"
#include "report/difference_text.hpp"
#include "report_tags.hpp"

#include <rulehost/json_text.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace rulehost;

namespace {

tag tag_at(std::uint64_t line, std::string rule_id = "R0001", double confidence = 0.9) {
    auto made = test::seen_tag("s1", static_cast<int>(line), "typed on line " + std::to_string(line));
    made.input = "log.json";
    made.line = line;
    made.rule_id = std::move(rule_id);
    made.confidence = confidence;
    return made;
}

std::string typed(tag const& of) {
    return typed_text(of);
}

rule_comparison compared(std::vector<tag> const& before, std::vector<tag> const& after) {
    rule_comparison whole{{"old", 1}, {"new", 2}, 7, 0, tag_differences(10)};
    whole.differences.compare(before, after, typed);
    return whole;
}

} // namespace

BOOST_AUTO_TEST_SUITE(differences_of_tags)

BOOST_AUTO_TEST_CASE(equal_tags_in_another_order_do_not_differ) {
    tag_differences differences(10);
    differences.compare({tag_at(1), tag_at(2), tag_at(2, "R0002")}, {tag_at(2, "R0002"), tag_at(1), tag_at(2)}, typed);
    BOOST_TEST(differences.empty());
    BOOST_TEST(differences.rules().empty());
}

BOOST_AUTO_TEST_CASE(version_and_evidence_do_not_count) {
    auto after = tag_at(1);
    after.rule_version = 7;
    after.evidence["more"] = 1;
    tag_differences differences(10);
    differences.compare({tag_at(1)}, {after}, typed);
    BOOST_TEST(differences.empty());
}

BOOST_AUTO_TEST_CASE(new_gone_and_changed_tags_are_counted_by_rule_and_technique) {
    auto other = tag_at(4);
    other.sub_technique_id = "T1059.006";
    auto moved = tag_at(5);
    moved.tactic = "TA0001";
    tag_differences differences(10);
    differences.compare({tag_at(1), tag_at(2), tag_at(3, "R0002"), tag_at(5)},
                        {tag_at(1, "R0001", 0.5), tag_at(3, "R0002"), tag_at(3), other, moved}, typed);
    auto const rules = differences.rules();
    BOOST_REQUIRE_EQUAL(rules.size(), 2u);
    BOOST_TEST(rules[0].technique == "T1059.004");
    BOOST_TEST(rules[0].added == 1u);
    BOOST_TEST(rules[0].removed == 1u);
    BOOST_TEST(rules[0].changed == 2u);
    BOOST_REQUIRE_EQUAL(rules[0].lines.size(), 4u);
    BOOST_TEST(rules[0].lines[0].number == 1u);
    BOOST_TEST(*rules[0].lines[0].before == 0.9);
    BOOST_TEST(*rules[0].lines[0].after == 0.5);
    BOOST_TEST(!rules[0].lines[1].after);
    BOOST_TEST(!rules[0].lines[2].before);
    BOOST_TEST(rules[0].lines[2].typed == "typed on line 3");
    BOOST_TEST(rules[1].technique == "T1059.006");
    BOOST_TEST(rules[1].added == 1u);
    auto const total = differences.total();
    BOOST_TEST(total.added == 2u);
    BOOST_TEST(total.removed == 1u);
    BOOST_TEST(total.changed == 2u);
}

BOOST_AUTO_TEST_CASE(repeated_tags_count_each_time) {
    tag_differences differences(10);
    differences.compare({tag_at(1), tag_at(1), tag_at(1)}, {tag_at(1)}, typed);
    BOOST_TEST(differences.total().removed == 2u);
    BOOST_TEST(differences.total().changed == 0u);
}

BOOST_AUTO_TEST_CASE(lines_beyond_the_bound_only_count) {
    tag_differences differences(2);
    for (std::uint64_t line = 1; line <= 5; ++line)
        differences.compare({}, {tag_at(line)}, typed);
    auto const rules = differences.rules();
    BOOST_REQUIRE_EQUAL(rules.size(), 1u);
    BOOST_TEST(rules[0].added == 5u);
    BOOST_TEST(rules[0].lines.size() == 2u);
}

BOOST_AUTO_TEST_CASE(text_shows_counts_and_lines) {
    BOOST_TEST(difference_text(compared({tag_at(1), tag_at(2)}, {tag_at(2, "R0001", 0.5), tag_at(3)})) ==
               "old: old, 1 rule\nnew: new, 2 rules\n7 events\n\n"
               "R0001 T1059.004 +1 -1 ~1  Unix Shell\n"
               "  - log.json:1  0.9  typed on line 1\n"
               "  ~ log.json:2  0.9 -> 0.5  typed on line 2\n"
               "  + log.json:3  0.9  typed on line 3\n"
               "\nin all: +1 -1 ~1\n");
    BOOST_TEST(difference_text(compared({}, {})) ==
               "old: old, 1 rule\nnew: new, 2 rules\n7 events\n\nno tag differs\n");
}

BOOST_AUTO_TEST_CASE(another_tactic_is_shown_with_both) {
    auto moved = tag_at(1);
    moved.tactic = "TA0009";
    auto before = tag_at(1);
    before.tactic = "TA0010";
    auto const whole = compared({before, tag_at(2)}, {moved, tag_at(2, "R0001", 0.5)});
    auto const text = difference_text(whole);
    BOOST_TEST(text.find("  ~ log.json:1  0.9  TA0010 -> TA0009  typed on line 1\n") != text.npos, text);
    BOOST_TEST(text.find("  ~ log.json:2  0.9 -> 0.5  typed on line 2\n") != text.npos, text);
    auto const json = difference_json(whole);
    auto const& line = json.at("rules").at(0).at("lines").at(0);
    BOOST_TEST(line.at("tactic_before").as_string() == "TA0010");
    BOOST_TEST(line.at("tactic_after").as_string() == "TA0009");
    auto const added = difference_json(compared({}, {moved}));
    BOOST_TEST(added.at("rules").at(0).at("lines").at(0).at("tactic_before").is_null());
}

BOOST_AUTO_TEST_CASE(a_rule_that_is_promoted_or_observed_again_differs_in_every_form) {
    auto const observed = [](tag made) {
        made.observe = true;
        return made;
    };
    auto const whole =
        compared({observed(tag_at(1)), tag_at(2, "R0002"), observed(tag_at(3))},
                 {tag_at(1), observed(tag_at(2, "R0002")), observed(tag_at(3)), observed(tag_at(4)), tag_at(5)});
    BOOST_TEST(difference_text(whole) ==
               "old: old, 1 rule\nnew: new, 2 rules\n7 events\n\n"
               "R0001 T1059.004 +2 -0 ~1 (1 promoted)  Unix Shell\n"
               "  ~ log.json:1  0.9  observed -> counts  typed on line 1\n"
               "  + log.json:4  0.9  observed  typed on line 4\n"
               "  + log.json:5  0.9  typed on line 5\n"
               "R0002 T1059.004 +0 -0 ~1 (1 observed)  Unix Shell\n"
               "  ~ log.json:2  0.9  counts -> observed  typed on line 2\n"
               "\nin all: +2 -0 ~2 (1 promoted, 1 observed)\n");
    auto const markdown = difference_markdown(whole);
    BOOST_TEST(markdown.find("| `R0001` | `T1059.004` | Unix Shell | 2 | 0 | 1 (1 promoted) |\n") != markdown.npos,
               markdown);
    BOOST_TEST(markdown.find("\n~ log.json:2  0.9  counts -> observed  typed on line 2\n") != markdown.npos, markdown);
    auto const json = difference_json(whole);
    BOOST_TEST(json.at("total").at("promoted").as_uint64() == 1u);
    BOOST_TEST(json.at("total").at("observed").as_uint64() == 1u);
    BOOST_TEST(json.at("rules").at(1).at("observed").as_uint64() == 1u);
    auto const& lines = json.at("rules").at(0).at("lines");
    BOOST_TEST(lines.at(0).at("observe_before").as_bool());
    BOOST_TEST(!lines.at(0).at("observe_after").as_bool());
    BOOST_TEST(lines.at(1).at("observe_before").is_null());
    BOOST_TEST(lines.at(1).at("observe_after").as_bool());
}

BOOST_AUTO_TEST_CASE(texts_that_are_left_out_are_named) {
    auto whole = compared({}, {});
    BOOST_TEST(!whole.differs_in_left_out());
    whole.after.left_out = {{"L0001", "fails its tests"}, {"a`|\x1b.yaml", "unreadable"}};
    BOOST_TEST(whole.differs_in_left_out());
    auto const text = difference_text(whole);
    BOOST_TEST(text.find("\nleft out of NEW: L0001 (fails its tests), a`|\\x1b.yaml (unreadable)\n") != text.npos,
               text);
    auto const markdown = difference_markdown(whole);
    BOOST_TEST(markdown.find("left out of NEW: `L0001` (fails its tests), `a'\\|\\x1b.yaml` (unreadable).\n") !=
                   markdown.npos,
               markdown);
    auto const json = difference_json(whole);
    BOOST_TEST(json.at("before").at("left_out").as_array().empty());
    BOOST_TEST(json.at("after").at("left_out").at(0).at("name").as_string() == "L0001");
    BOOST_TEST(json.at("after").at("left_out").at(0).at("why").as_string() == "fails its tests");

    whole.before.left_out = {{"a`|\x1b.yaml", "has errors"}, {"L0001", "has errors"}};
    BOOST_TEST(!whole.differs_in_left_out());
    whole.after.left_out.resize(25, {"x", "unreadable"});
    BOOST_TEST(difference_text(whole).find("x (unreadable) and 5 more\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_of_an_attacker_reaches_a_terminal_or_is_markdown) {
    auto hostile = tag_at(1);
    hostile.evidence["command_text"] = "x\n```\n<script>@everyone\x1b[31m\xff";
    hostile.input = "log`|<b>.json\n";
    hostile.rule_id = "R`|\n|<b>";
    auto whole = compared({}, {hostile});
    whole.before.name = "a`|\x1b";
    auto const text = difference_text(whole);
    auto const markdown = difference_markdown(whole);
    for (auto const& each : {text, markdown}) {
        BOOST_TEST(each.find('\x1b') == each.npos);
        BOOST_TEST(each.find("x\n```") == each.npos);
    }
    // One fence opens and one closes, and each row of the table has its six cells.
    std::size_t fences = 0;
    for (std::size_t at = 0, end; at < markdown.size(); at = end + 1) {
        end = std::min(markdown.find('\n', at), markdown.size());
        auto const line = markdown.substr(at, end - at);
        fences += line.starts_with("```");
        if (!line.starts_with('|'))
            continue;
        std::size_t cells = 0;
        for (std::size_t i = 1; i < line.size(); ++i)
            cells += line[i] == '|' && line[i - 1] != '\\';
        BOOST_TEST(cells == 6u, line);
    }
    BOOST_TEST(fences == 2u);
    auto const json = json_text(difference_json(whole));
    BOOST_TEST(json.find('\n') == json.npos);
    BOOST_TEST(json.find('\x1b') == json.npos);
}

BOOST_AUTO_TEST_CASE(json_has_the_sums_the_rules_and_the_lines) {
    auto const json = difference_json(compared({tag_at(1)}, {tag_at(1), tag_at(2)}));
    BOOST_TEST(json.at("events").as_uint64() == 7u);
    BOOST_TEST(json.at("after").at("rules").as_uint64() == 2u);
    BOOST_TEST(json.at("total").at("added").as_uint64() == 1u);
    auto const& rule = json.at("rules").at(0);
    BOOST_TEST(rule.at("rule_id").as_string() == "R0001");
    BOOST_TEST(rule.at("technique_name").as_string() == "Unix Shell");
    BOOST_TEST(rule.at("removed").as_uint64() == 0u);
    auto const& line = rule.at("lines").at(0);
    BOOST_TEST(line.at("input").as_string() == "log.json");
    BOOST_TEST(line.at("line").as_uint64() == 2u);
    BOOST_TEST(line.at("before").is_null());
    BOOST_TEST(line.at("after").as_double() == 0.9);
    BOOST_TEST(line.at("typed").as_string() == "typed on line 2");
}

BOOST_AUTO_TEST_SUITE_END()
