#include <rulehost/engine.hpp>

#include "support/definitions.hpp"
#include "support/events.hpp"
#include "support/live_engine.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <stdexcept>

namespace rulehost {

using test::command;
using test::definition_of;
using test::make_event;
using test::noon;
using test::rule_matching;

namespace {

using definitions = std::vector<std::shared_ptr<rule_definition const>>;

/// An engine with `rules`, and its result for one event.
struct evaluation_fixture : test::live_engine {
    void set(std::string id, rule_state state) { host.apply(rule_change{++newest, std::move(id), std::move(state)}); }
    std::vector<tag> tags(event const& e) { return host.evaluate(e, noon).value().tags; }
    bool fires(std::string_view match, event const& e) {
        add(rule_matching(match, "R1", "[" + e.source_kind + "]"));
        return !tags(e).empty();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(evaluation_of_one_event, evaluation_fixture)

BOOST_AUTO_TEST_CASE(classic_rule_emits_one_tag_per_technique) {
    add(definition_of(R"(
rule_id: R0015
rule_version: 1
name: suid_search
description: find with a SUID predicate
applies_to: [command]
match:
  field: command_text
  pattern: '\bfind\b.*-perm\s+(?:-?u\+?=s|-?4000|/4000)'
emits:
  - {tactic: TA0007, technique_id: T1083, confidence: 0.85}
  - {tactic: TA0004, technique_id: T1548, sub_technique_id: T1548.001, confidence: 0.95}
evidence_fields: [command_text]
)"));
    auto e = command("find / -perm -4000 2>/dev/null");
    e.payload["uid"] = 0;
    e.payload["secret"] = "x";
    auto const found = tags(e);
    BOOST_REQUIRE_EQUAL(found.size(), 2u);
    BOOST_TEST(found[0].technique_id == "T1083");
    BOOST_TEST(found[1].sub_technique_id == "T1548.001");
    BOOST_TEST(found[1].confidence == 0.95);
    BOOST_TEST(found[0].uuid == tag_uuid("command", e.source_id, "R0015", 1, "T1083", ""));
    BOOST_TEST(found[0].created_at.time_since_epoch().count() == noon.time_since_epoch().count());
    BOOST_TEST(boost::json::serialize(found[0].evidence) ==
               R"({"command_text":"find / -perm -4000 2>/dev/null","uid":0,"matched_on":"line"})");
    BOOST_TEST(tags(command("find / -name x")).empty());
    BOOST_TEST(tags(make_event("session", R"({"command_text":"find / -perm -4000"})")).empty());
}

BOOST_AUTO_TEST_CASE(tag_has_time_and_source_for_any_kind_of_event) {
    add(rule_matching("{field: username, exists: true}", "R1", "[auth_attempt]"));
    auto e = make_event("auth_attempt", R"({"username":"root","src":"203.0.113.5","src_port":50022})");
    e.observed_at = noon - std::chrono::hours{24 * 365};
    auto const one = tags(e).at(0);
    BOOST_TEST((one.observed_at == e.observed_at));
    BOOST_TEST(one.src_ip == "203.0.113.5");
    BOOST_TEST(one.src_port.value() == 50022);
    BOOST_TEST(one.rule_name == host.rules().at(0)->definition().name);
    BOOST_TEST(one.technique_name == "Ingress Tool Transfer");
    BOOST_TEST(one.tactic_name == "Command and Control");
    BOOST_TEST(one.revision == newest);
    BOOST_TEST(!one.clipped_from);

    e.payload = {{"username", "root"}, {"src_ip", "2001:db8::1"}, {"src_port", 65536}};
    e.untimed = true;
    auto const other = tags(e).at(0);
    BOOST_TEST(other.src_ip == "2001:db8::1");
    BOOST_TEST(!other.src_port);
    BOOST_TEST(!other.observed_at);

    e.payload["src_ip"] = std::string(256, 'a');
    BOOST_TEST(tags(e).at(0).src_ip.empty());
}

BOOST_AUTO_TEST_CASE(a_clipped_tag_keeps_what_the_rule_was_sure_of) {
    add(rule_matching("{pattern: uname}"));
    auto const e = command("uname");
    auto const before = tags(e).at(0);
    set("R1", rule_state::clipped(before.confidence / 2, "noisy"));
    auto const after = tags(e).at(0);
    BOOST_TEST(after.confidence == before.confidence / 2);
    BOOST_TEST(after.clipped_from.value() == before.confidence);
    BOOST_TEST(after.uuid == before.uuid);
    set("R1", rule_state::clipped(1, "noisy"));
    BOOST_TEST(!tags(e).at(0).clipped_from);
}

BOOST_AUTO_TEST_CASE(letters_that_are_the_same_where_case_is_ignored_are_found) {
    for (std::string const letter : {"i", "I", "\xc4\xb0", "\xc4\xb1"}) {
        auto const e = command("W" + letter + "n");
        BOOST_TEST(fires("{pattern: '^win$', ignore_case: true}", e), letter);
        BOOST_TEST(fires("{pattern: '(?i)^w[h-j]n$'}", e), letter);
        BOOST_TEST(fires("{equals: WiN, ignore_case: true}", e), letter);
        BOOST_TEST(fires("{one_of: [x, win], ignore_case: true}", e), letter);
        BOOST_TEST(fires("{contains: in, ignore_case: true}", e), letter);
        BOOST_TEST(fires("{ends_with: in, ignore_case: true}", e), letter);
        BOOST_TEST(fires("{starts_with: \"w\\u0131\", ignore_case: true}", e), letter);
        BOOST_TEST(!fires("{equals: wan, ignore_case: true}", e), letter);
    }
}

BOOST_AUTO_TEST_CASE(evidence_of_a_truncated_event_says_so) {
    add(rule_matching("{pattern: wget}"));
    auto e = command("wget x");
    BOOST_TEST(!tags(e).at(0).evidence.contains("truncated"));
    e.truncated = true;
    BOOST_TEST(tags(e).at(0).evidence.at("truncated").as_bool());
}

BOOST_AUTO_TEST_CASE(field_whose_name_holds_dots_stands_in_quotes) {
    add(definition_of(R"(
rule_id: R1
rule_version: 1
name: dotted
description: a member whose name holds dots
applies_to: [http_request]
match: {field: '"id.orig_h"', equals: 203.0.113.9}
emits:
  - {tactic: TA0001, technique_id: T1190, confidence: 0.9}
evidence_fields: ['"id.orig_h"', 'a."b.c"']
)"));
    auto const found = tags(make_event("http_request", R"({"id.orig_h":"203.0.113.9","a":{"b.c":1}})"));
    BOOST_REQUIRE_EQUAL(found.size(), 1u);
    BOOST_TEST(boost::json::serialize(found[0].evidence) == R"({"id.orig_h":"203.0.113.9","a.\"b.c\"":1})");
    BOOST_TEST(tags(make_event("http_request", R"({"id":{"orig_h":"203.0.113.9"}})")).empty());
}

BOOST_AUTO_TEST_CASE(event_without_identity_is_refused_with_the_reason) {
    evaluation result;
    auto e = command("ls");
    e.attacker_uuid.clear();
    BOOST_TEST((host.evaluate(e, noon, result) == refusal::no_anchor));
    auto const refused = host.evaluate(e, noon);
    BOOST_REQUIRE(refused.has_error());
    BOOST_TEST((refused.error() == refusal::no_anchor));
    BOOST_CHECK_EXCEPTION(refused.value(), std::invalid_argument,
                          [](auto const& thrown) { return thrown.what() == to_string(refusal::no_anchor); });
    e.identity_uuid = "x";
    BOOST_TEST((host.evaluate(e, noon, result) == refusal::none));
    BOOST_TEST(host.evaluate(e, noon).has_value());
    e.source_id.clear();
    BOOST_TEST((host.evaluate(e, noon, result) == refusal::no_source_id));
    e.source_kind.clear();
    BOOST_TEST((host.evaluate(e, noon, result) == refusal::no_source_kind));
}

BOOST_AUTO_TEST_CASE(every_string_comparison) {
    auto const e = make_event("session", R"({"path":"/etc/Passwd","n":3})");
    BOOST_TEST(fires("{field: path, contains: tc/Pass}", e));
    BOOST_TEST(!fires("{field: path, contains: passwd}", e));
    BOOST_TEST(fires("{field: path, contains: [nothing, PASSWD], ignore_case: true}", e));
    BOOST_TEST(fires("{field: path, starts_with: /etc}", e));
    BOOST_TEST(!fires("{field: path, starts_with: etc}", e));
    BOOST_TEST(fires("{field: path, ends_with: [x, wd]}", e));
    BOOST_TEST(fires("{field: path, equals: /ETC/passwd, ignore_case: true}", e));
    BOOST_TEST(!fires("{field: path, equals: /etc/passw}", e));
    BOOST_TEST(fires("{field: path, one_of: [/a, /etc/Passwd]}", e));
    BOOST_TEST(fires(R"({field: path, pattern: '(?i)^/etc/passwd$'})", e));
    BOOST_TEST(fires(R"({field: path, pattern: 'PASSWD', ignore_case: true})", e));
    BOOST_TEST(!fires("{field: missing, contains: abc}", e));
}

BOOST_AUTO_TEST_CASE(numbers_compare_by_value_and_never_with_strings) {
    auto const e = make_event("session", R"({"n":5,"x":5.5,"big":18446744073709551615,"neg":-1,"s":"5","b":true})");
    BOOST_TEST(fires("{field: n, at_least: 5}", e));
    BOOST_TEST(!fires("{field: n, greater_than: 5}", e));
    BOOST_TEST(fires("{field: n, at_most: 5.0}", e));
    BOOST_TEST(fires("{field: x, greater_than: 5}", e));
    BOOST_TEST(fires("{field: big, greater_than: 9223372036854775807}", e));
    BOOST_TEST(!fires("{field: neg, greater_than: 18446744073709551614}", e));
    BOOST_TEST(fires("{field: n, equals: 5}", e));
    BOOST_TEST(fires("{field: n, one_of: [1, 5.0]}", e));
    BOOST_TEST(!fires("{field: s, equals: 5}", e));
    BOOST_TEST(!fires("{field: s, at_least: 1}", e));
    BOOST_TEST(fires("{field: b, equals: true}", e));
    BOOST_TEST(!fires("{field: n, equals: true}", e));
}

BOOST_AUTO_TEST_CASE(lists_test_any_element_or_all_of_them) {
    auto const e =
        make_event("email", R"({"urls":["http://a.ru","https://b.com"],"none":[],"parts":[{"t":"x"},{"t":"y"}]})");
    BOOST_TEST(fires("{field: urls, ends_with: .ru}", e));
    BOOST_TEST(!fires("{field: urls, ends_with: .ru, all: true}", e));
    BOOST_TEST(fires("{field: urls, starts_with: http, all: true}", e));
    BOOST_TEST(!fires("{field: none, starts_with: http, all: true}", e));
    BOOST_TEST(fires("{field: parts.t, equals: y}", e));
    BOOST_TEST(!fires("{field: parts.t, equals: y, all: true}", e));
    BOOST_TEST(fires("{field: urls, length: {equals: 2}}", e));
    BOOST_TEST(fires("{field: none, length: {at_most: 0}}", e));
    BOOST_TEST(fires("{field: parts.t, one_of: [x, y], all: true}", e));
}

BOOST_AUTO_TEST_CASE(length_counts_characters) {
    auto const e = make_event("payload", R"({"payload_text":"grüße"})");
    BOOST_TEST(fires("{length: {equals: 5}}", e));
    BOOST_TEST(!fires("{length: {greater_than: 5}}", e));
}

BOOST_AUTO_TEST_CASE(existence_is_about_values_that_are_not_null) {
    auto const e = make_event("session", R"({"a":{"b":1},"z":null})");
    BOOST_TEST(fires("{field: a.b, exists: true}", e));
    BOOST_TEST(!fires("{field: z, exists: true}", e));
    BOOST_TEST(fires("{field: z, exists: false}", e));
    BOOST_TEST(fires("{field: a.c, exists: false}", e));
    BOOST_TEST(!fires("{field: a, exists: false}", e));
}

BOOST_AUTO_TEST_CASE(networks_of_both_families) {
    auto const e =
        make_event("session", R"({"v4":"10.1.2.3","v6":"2001:db8::1","mapped":"::ffff:10.1.2.3","bad":"10.1.2.3.4"})");
    BOOST_TEST(fires("{field: v4, cidr: [192.168.0.0/16, 10.0.0.0/8]}", e));
    BOOST_TEST(!fires("{field: v4, cidr: 10.2.0.0/15}", e));
    BOOST_TEST(fires("{field: v6, cidr: '2001:db8::/32'}", e));
    BOOST_TEST(fires("{field: mapped, cidr: 10.0.0.0/8}", e));
    BOOST_TEST(!fires("{field: bad, cidr: 10.0.0.0/8}", e));
}

BOOST_AUTO_TEST_CASE(two_fields_compare_only_when_both_are_there) {
    auto const e = make_event("email", R"({"from":"a.com","return":"b.com","same":"a.com"})");
    BOOST_TEST(fires("{field: from, equals_field: same}", e));
    BOOST_TEST(!fires("{field: from, equals_field: return}", e));
    BOOST_TEST(fires("{field: from, differs_from_field: return}", e));
    BOOST_TEST(!fires("{field: from, differs_from_field: missing}", e));
    BOOST_TEST(!fires("{field: missing, differs_from_field: from}", e));
}

BOOST_AUTO_TEST_CASE(fields_of_many_values_compare_as_those_of_few_do) {
    auto const filler = R"("f0","f1","f2","f3","f4","f5","f6","f7",)";
    auto const with = [&](std::string const& a, std::string const& b) {
        return make_event("email",
                          "{\"few\":[" + a + "],\"a\":[" + filler + a + "],\"b\":[" + R"(0,1,2,3,4,5,6,7,)" + b + "]}");
    };
    struct {
        std::string a, b;
        bool equal;
    } const pairs[] = {
        {R"("x")", R"("x")", true},
        {R"("x")", R"("X")", false},
        {R"("x")", R"("xx")", false},
        {"8", R"("8")", false},
        {"8", "8.0", true},
        {"8.5", "8.5", true},
        {"-8", "18446744073709551608", false}, // the same digits in two's complement
        {"9223372036854775808", "9223372036854775808", true},
        {"1152921504606846977", "1152921504606846976", false}, // the same number with a fraction
        {"1152921504606846977", "1152921504606846976.0", true},
        {"1152921504606846976.0", "1152921504606846977", true},
        {"true", "true", true},
        {"true", "false", false},
        {R"({"x":1})", R"({"x":1})", false},
    };
    for (auto const& [a, b, equal] : pairs) {
        auto const e = with(a, b);
        for (auto const* const field : {"few", "a"}) {
            BOOST_TEST_CONTEXT(field << ": " << a << " and " << b) {
                auto const named = "{field: " + std::string(field);
                BOOST_TEST(fires(named + ", equals_field: b}", e) == equal);
                BOOST_TEST(fires(named + ", differs_from_field: b, all: true}", e) == !equal);
            }
        }
        BOOST_TEST(fires("{field: a, differs_from_field: b}", e));
        BOOST_TEST(!fires("{field: a, equals_field: b, all: true}", e));
    }
}

BOOST_AUTO_TEST_CASE(conditions_nest) {
    auto const e = make_event("session", R"({"a":1,"b":"two"})");
    BOOST_TEST(
        fires("{all_of: [{field: a, equals: 1}, {any_of: [{field: b, equals: x}, {field: b, equals: two}]}]}", e));
    BOOST_TEST(!fires("{all_of: [{field: a, equals: 1}, {not: {field: b, equals: two}}]}", e));
    BOOST_TEST(fires("{not: {field: a, equals: 2}}", e));
}

BOOST_AUTO_TEST_CASE(payload_cannot_pose_as_an_anchor) {
    auto e = make_event("session", R"({"session_id":"forged"})");
    e.session_id = "real-session";
    BOOST_TEST(fires("{field: session_id, equals: real-session}", e));
    BOOST_TEST(!fires("{field: session_id, equals: forged}", e));
}

BOOST_AUTO_TEST_CASE(command_matches_as_line_part_and_normalised) {
    auto const matched_on = [&](std::string_view match, std::string_view line) -> std::string {
        add(rule_matching(match));
        auto const found = tags(command(line));
        return found.empty() ? "" : std::string(found.front().evidence.at("matched_on").as_string());
    };
    BOOST_TEST(matched_on("{pattern: '^cd .*wget'}", "cd /tmp; wget x") == "line");
    BOOST_TEST(matched_on("{pattern: '^wget'}", "cd /tmp; wget x") == "part");
    BOOST_TEST(matched_on("{pattern: '^wget'}", "echo 'a; wget x'") == "");
    BOOST_TEST(matched_on("{pattern: 'cat /etc/passwd'}", "c'a't$IFS/e\"t\"c/pass\\wd") == "normalised");
    BOOST_TEST(matched_on("{pattern: 'cat /etc/passwd', normalise: false}", "c'a't /etc/passwd") == "");
    BOOST_TEST(matched_on("{pattern: 'cat /etc/shadow'}", "echo Y2F0IC9ldGMvc2hhZG93 | base64 -d | sh") ==
               "normalised");
}

BOOST_AUTO_TEST_CASE(text_past_the_scan_limit_is_not_scanned_and_marked_as_truncated) {
    add(rule_matching("{pattern: needle}"));
    std::string line(64 * 1024 - 6, ' ');
    auto const inside = tags(command(line + "needle and more"));
    BOOST_REQUIRE_EQUAL(inside.size(), 1u);
    BOOST_TEST(inside.front().evidence.at("truncated") == true);
    BOOST_TEST(tags(command(line + " needle and more")).empty());
}

BOOST_AUTO_TEST_CASE(evidence_of_a_list_is_as_long_as_what_is_looked_at_of_a_text) {
    add(definition_of("rule_id: R1\nname: a rule\napplies_to: [email]\nmatch: {field: a, exists: true}\n"
                      "emits: [{technique_id: T1105, tactic: TA0011, confidence: 0.9}]\nevidence_fields: [a, b.c]\n"));
    auto const evidence_of = [&](std::string const& payload) {
        return tags(make_event("email", payload)).at(0).evidence;
    };
    auto const few = evidence_of(R"({"a":["x",1,{"y":[null,true]}],"b":[{"c":"p"},{"c":["q"]}]})");
    BOOST_TEST(few.at("a") == boost::json::value({"x", 1, {{"y", {nullptr, true}}}}));
    BOOST_TEST(few.at("b.c") == boost::json::value({"p", boost::json::array{"q"}}));
    BOOST_TEST(!few.contains("truncated"));

    auto const text = '"' + std::string(40 * 1024, 'x') + '"';
    std::string numbers = "1";
    for (int i = 0; i != 100'000; ++i)
        numbers += ",1";
    for (auto const& many : {text + ',' + text + ',' + text, "{\"y\":[" + text + ',' + text + "]}",
                             "{" + text + ":[" + text + "]}", numbers}) {
        auto const much = evidence_of("{\"a\":[" + many + "]}");
        BOOST_TEST(much.at("truncated") == true);
        BOOST_TEST(serialize(much.at("a")).size() <= 64 * 1024u + 100);
        BOOST_TEST(serialize(much.at("a")).size() > 5000u);
    }
    std::string objects = R"({"c":1})";
    for (int i = 0; i != 100'000; ++i)
        objects += R"(,{"c":1})";
    auto const of_many = evidence_of(R"({"a":1,"b":[)" + objects + "]}");
    BOOST_TEST(of_many.at("truncated") == true);
    BOOST_TEST(of_many.at("b.c").as_array().size() < 10'000u);
}

BOOST_AUTO_TEST_CASE(values_choose_the_techniques) {
    add(definition_of(R"(
rule_id: R0054
name: categories
applies_to: [intel]
match: {field: score, at_least: 1}
emits:
  - by_value: categories
    values:
      "18": [{technique_id: T1110, tactic: TA0006, confidence: 0.9, scaled_by: {field: score, full_at: 100}}]
      ssh: [{technique_id: T1021, sub_technique_id: T1021.004, tactic: TA0008, confidence: 0.8}]
      also: [{technique_id: T1110, tactic: TA0006, confidence: 0.95}]
)"));
    auto found = tags(make_event("intel", R"({"score":50,"categories":[18,"SSH","unknown"]})"));
    BOOST_REQUIRE_EQUAL(found.size(), 2u);
    BOOST_TEST(found[0].technique_id == "T1110");
    BOOST_TEST(found[0].confidence == 0.45);
    BOOST_TEST(found[1].sub_technique_id == "T1021.004");
    BOOST_TEST(tags(make_event("intel", R"({"score":50,"categories":["unknown"]})")).empty());
    found = tags(make_event("intel", R"({"score":500,"categories":["18","also"]})"));
    BOOST_REQUIRE_EQUAL(found.size(), 1u);
    BOOST_TEST(found[0].confidence == 0.95);
}

BOOST_AUTO_TEST_CASE(clip_only_lowers_and_the_floor_drops) {
    add(rule_matching("{pattern: wget}"));
    set("R1", rule_state::clipped(0.5, "noisy"));
    BOOST_TEST(tags(command("wget x")).front().confidence == 0.5);
    set("R1", rule_state::clipped(0.95, "noisy"));
    BOOST_TEST(tags(command("wget x")).front().confidence == 0.9);
    set("R1", rule_state::clipped(0.2, "noisy"));
    auto const result = host.evaluate(command("wget x"), noon).value();
    BOOST_TEST(result.tags.empty());
    BOOST_REQUIRE_EQUAL(result.withheld.size(), 1u);
    BOOST_TEST((result.withheld.front().why == evaluation::withheld_hit::cause::below_floor));
    BOOST_TEST(host.statistics().front().withheld == 1u);
}

BOOST_AUTO_TEST_CASE(disabled_rule_is_silent_until_its_state_expires) {
    add(rule_matching("{pattern: wget}"));
    set("R1", rule_state::disabled("noisy", noon + std::chrono::hours{4}));
    auto const e = command("wget x");
    auto const now = host.evaluate(e, noon).value();
    BOOST_TEST(now.tags.empty());
    BOOST_REQUIRE_EQUAL(now.withheld.size(), 1u);
    BOOST_TEST(host.evaluate(e, noon + std::chrono::hours{4} - duration{1}).value().tags.empty());
    BOOST_TEST(host.evaluate(e, noon + std::chrono::hours{4}).value().tags.size() == 1u);
}

BOOST_AUTO_TEST_CASE(states_expire_by_another_clock_and_nothing_else_goes_by_it) {
    expiry_clock clock;
    host.expire_by(clock);
    clock.set_ahead(std::chrono::seconds{-30});
    add(rule_matching("{pattern: wget}"));
    set("R1", rule_state::disabled("noisy", noon));
    auto const e = command("wget x");
    auto const there = noon + std::chrono::seconds{30};
    BOOST_TEST(host.evaluate(e, there - duration{1}).value().tags.empty());
    BOOST_TEST(host.explain("R1", e, there - duration{1}).at("verdict") == "no tag: the rule is disabled, noisy");
    BOOST_TEST(host.explain("R1", e, there).at("verdict") == "tags");
    auto const made = host.evaluate(e, there).value().tags;
    BOOST_REQUIRE_EQUAL(made.size(), 1u);
    BOOST_TEST((made.front().created_at == there));
    clock.set_ahead({});
    BOOST_TEST(host.evaluate(e, noon).value().tags.size() == 1u);
}

BOOST_AUTO_TEST_CASE(rule_that_hits_a_limit_fails_alone) {
    add(rule_matching("{pattern: '(?=x)(x+x+)+y'}", "R1"));
    add(rule_matching("{pattern: xx}", "R2"));
    auto const result = host.evaluate(command(std::string(60'000, 'x') + " y"), noon).value();
    BOOST_REQUIRE_EQUAL(result.tags.size(), 1u);
    BOOST_TEST(result.tags.front().rule_id == "R2");
    BOOST_REQUIRE_EQUAL(result.failed.size(), 1u);
    BOOST_TEST(result.failed.front()->definition().rule_id == "R1");
    BOOST_TEST(host.statistics().front().failures == 1u);
}

BOOST_AUTO_TEST_CASE(inert_rule_never_fires) {
    add(rule_matching("{kind: 'lifter:anything'}"));
    BOOST_TEST(tags(command("anything")).empty());
}

BOOST_AUTO_TEST_CASE(result_is_reused) {
    add(rule_matching("{pattern: wget}"));
    evaluation result;
    host.evaluate(command("wget x"), noon, result);
    BOOST_TEST(result.tags.size() == 1u);
    host.evaluate(command("ls"), noon, result);
    BOOST_TEST(result.tags.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
