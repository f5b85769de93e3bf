#include <rulehost/rule_tests.hpp>

#include "engine/rule_run.hpp"
#include "engine/rule_test_run.hpp"
#include "text/joined.hpp"

#include <algorithm>
#include <string>

namespace rulehost {

namespace {

// Start time of every test; any instant but the epoch would do.
constexpr time_point start{std::chrono::sys_days{std::chrono::January / 1 / 2026}};
constexpr window_limits limits{1000, 10'000};
constexpr std::size_t scan_limit = 64 * 1024;
constexpr std::string_view some_attacker = "6f0a4f0e-54a6-5d6c-9d53-0f3f2b7f7a01";
constexpr std::string_view some_session = "test-session";
constexpr std::string_view some_decky = "test-decky";

std::string text_or(boost::json::object const& from, std::string_view key, std::string_view otherwise) {
    auto const* const value = from.if_contains(key);
    return std::string(value && value->is_string() ? std::string_view{value->get_string()} : otherwise);
}

event make_event(rule_test_event const& from, std::string source_id) {
    event e;
    e.source_kind = from.source_kind;
    e.source_id = std::move(source_id);
    e.attacker_uuid = text_or(from.anchors, "attacker_uuid", some_attacker);
    e.identity_uuid = text_or(from.anchors, "identity_uuid", {});
    e.session_id = text_or(from.anchors, "session_id", some_session);
    e.decky_id = text_or(from.anchors, "decky_id", some_decky);
    e.observed_at = start + from.at;
    e.payload = from.payload;
    return e;
}

live_rule freshly_live(std::shared_ptr<rule_program const> const& program) {
    live_rule made;
    made.rule = std::make_shared<compiled_rule>(program->shared_definition(), rule_state{});
    made.program = program;
    made.counters = std::make_shared<rule_counters>();
    for (auto const& wanted : program->definition().windows)
        made.windows.push_back(std::make_shared<window>(wanted, limits));
    return made;
}

template <typename Ids>
std::string listed(Ids const& ids) {
    return std::ranges::empty(ids) ? "nothing" : joined(ids, ", ");
}

} // namespace

test_outcome run_rule_test(rule_test const& test, std::shared_ptr<rule_program const> const& program) {
    auto const live = freshly_live(program);
    test_outcome seen;
    subject on;
    tag_memory memory;
    evaluation result;
    std::size_t number = 0;
    for (auto const& from : test.events) {
        auto const e = make_event(from, "test-" + std::to_string(++number));
        auto const* const asked = program->variant_for(e.source_kind);
        if (!asked)
            continue;
        on.look_at(e, scan_limit);
        result.clear();
        memory.begin();
        // The confidence floor belongs to the engine, not to the rule's logic.
        tagging_terms const terms{
            .now = e.observed_at, .decided = {nullptr, e.observed_at}, .confidence_floor = 0, .revision = 0};
        conclude_rule(live, ask_rule(live, *asked, {}, on, e.observed_at), on, terms, memory, result);
        for (auto const& t : result.tags)
            if (!t.undecided)
                seen.techniques.insert(technique_of(t));
        seen.limit_hit = seen.limit_hit || !result.failed.empty();
    }
    return seen;
}

bool comes_out_as_expected(test_outcome const& seen, rule_test const& test) {
    return !seen.limit_hit && std::ranges::equal(seen.techniques, test.expected);
}

std::vector<failed_rule_test> failed_rule_tests(std::shared_ptr<rule_definition const> const& definition) {
    std::vector<failed_rule_test> failures;
    auto const program = std::make_shared<rule_program const>(definition);
    for (std::size_t place = 0; place != definition->tests.size(); ++place) {
        auto const& test = definition->tests[place];
        auto const seen = run_rule_test(test, program);
        if (comes_out_as_expected(seen, test))
            continue;
        diagnostic found;
        found.code = "rule-test-failed";
        found.message = "test" + (test.name.empty() ? std::string{} : " '" + test.name + "'") + " expects " +
            listed(test.expected) + ", the rule emits " + listed(seen.techniques) +
            (seen.limit_hit ? " and hits a limit of the expression matcher" : "");
        found.path = definition->path;
        found.line = test.line;
        found.rule_id = definition->rule_id;
        failures.push_back({place, std::move(found)});
    }
    return failures;
}

std::vector<diagnostic> run_rule_tests(std::shared_ptr<rule_definition const> const& definition) {
    std::vector<diagnostic> failures;
    for (auto& each : failed_rule_tests(definition))
        failures.push_back(std::move(each.found));
    return failures;
}

} // namespace rulehost
