#include "cli/slow_events.hpp"

#include "rule/regex.hpp"
#include "rule/slow_texts.hpp"
#include "yaml/findings.hpp"

#include <rulehost/engine.hpp>

#include <algorithm>
#include <utility>

namespace rulehost::cli {

namespace {

constexpr time_point now{std::chrono::sys_days{std::chrono::January / 1 / 2026}};
constexpr std::size_t max_beginning = 60;
constexpr std::size_t field_size = 64 * 1024;

void collect_patterns(condition const& node, std::vector<condition const*>& into) {
    if (node.expression)
        into.push_back(&node);
    for (auto const& child : node.children)
        collect_patterns(child, into);
}

std::vector<condition const*> patterns_of(rule_definition const& rule) {
    std::vector<condition const*> all;
    collect_patterns(rule.match, all);
    for (auto const& window : rule.windows)
        for (auto const& step : window.steps)
            collect_patterns(step, all);
    return all;
}

event event_with(std::string_view source_kind, field_path const& field, std::string_view text) {
    event e;
    e.source_kind = source_kind;
    e.source_id = e.attacker_uuid = "worst";
    boost::json::value value(text);
    for (auto key = field.keys.rbegin(); key != field.keys.rend(); ++key)
        value = boost::json::object{{*key, std::move(value)}};
    e.payload = std::move(value.as_object());
    return e;
}

std::size_t work_of(condition const& pattern, std::string_view text) {
    regex::allowance allowed;
    pattern.expression->search(text, allowed);
    return regex::allowance::most - allowed.left;
}

} // namespace

std::string slow_event::beginning() const {
    return escape_for_terminal(text.substr(0, max_beginning)) + (text.size() > max_beginning ? "..." : "");
}

void each_slow_event(rule_definition const& rule, std::size_t size, std::function<void(slow_event&&)> const& visit) {
    auto const& source_kind = rule.applies_to.front();
    for (auto const* const pattern : patterns_of(rule)) {
        auto field = pattern->field;
        if (field.keys.empty())
            field.keys.emplace_back(default_field(source_kind));
        for (auto& text : slow_texts(pattern->expression->pcre_syntax(), size)) {
            auto made = event_with(source_kind, field, text);
            visit({std::move(made), field, std::move(text)});
        }
    }
}

std::vector<diagnostic> costly_patterns(std::shared_ptr<rule_definition const> const& rule) {
    engine host;
    host.apply(rule_change(1, rule->rule_id, rule));
    evaluation result;
    auto innocent = patterns_of(*rule);
    auto const all = innocent;
    findings found(rule->path, {rule->text, rule->line});
    each_slow_event(*rule, field_size, [&](slow_event&& slow) {
        if (innocent.empty())
            return;
        host.evaluate(slow.made, now, result);
        if (result.failed.empty())
            return;
        // The searches of a rule share what they may cost: the pattern to change is the one that used most of it.
        auto const most =
            std::ranges::max_element(all, {}, [&](condition const* each) { return work_of(*each, slow.text); });
        if (std::erase(innocent, *most) == 0)
            return;
        found.report(
            finding::costly_pattern, {(*most)->pattern_line, (*most)->pattern_column},
            "a text can use up the work that the rule may do on an event, so that it does not fire: " +
                std::to_string(slow.text.size()) + " bytes of '" + slow.beginning() + "'",
            "bound its repeats and let none run over what the pattern begins with, or ask for its words by 'contains' "
            "under all_of");
    });
    return found.take(rule->rule_id);
}

} // namespace rulehost::cli
