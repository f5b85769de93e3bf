#include "cli/rules/slow_events.hpp"

#include "regex/regex.hpp"
#include "regex/slow_texts.hpp"
#include "yaml/findings.hpp"

#include <rulehost/engine.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace {

constexpr time_point now{std::chrono::sys_days{std::chrono::January / 1 / 2026}};
constexpr std::size_t max_beginning = 60;
constexpr std::size_t field_size = 64 * 1024;

/// An expression of a rule, and the place in an event of the text that it searches.
struct searched_pattern {
    std::shared_ptr<regex const> expression;
    std::size_t line = 0;
    std::size_t column = 0;
    field_path field;
    std::optional<std::string> command; ///< of a command line: the text in front of the quoted one

    std::string in_place(std::string_view text) const {
        if (!command)
            return std::string(text);
        std::string quoted = *command + '\'';
        for (char const c : text)
            quoted += c == '\'' ? "'\\''" : std::string(1, c);
        return quoted + '\'';
    }
};

/// A literal name in the value, without wildcards; empty: there is none.
std::string plain_name(value_condition const& value) {
    if (value.kind == value_condition::node::glob || value.kind == value_condition::node::named)
        return value.text.find_first_of("*?[{\\") == std::string::npos ? value.text : std::string();
    for (auto const& child : value.children)
        if (auto name = plain_name(child); !name.empty() && value.kind != value_condition::node::none_of)
            return name;
    return {};
}

void collect_values(value_condition const& value, std::string const& command, field_path const& field,
                    std::vector<searched_pattern>& into) {
    if (value.expression)
        into.push_back({value.expression, value.line, value.column, field, command});
    auto const name = value.kind == value_condition::node::named ? plain_name(value) : std::string();
    for (auto const& child : value.children)
        collect_values(child, name.empty() ? command : command + name + ' ', field, into);
}

void collect_commands(command_condition const& asked, field_path const& field, std::vector<searched_pattern>& into) {
    std::string program;
    for (auto const& test : asked.tests)
        if (test.of == command_condition::key::program && program.empty())
            program = plain_name(test.value);
    for (auto const& test : asked.tests) {
        auto const front =
            test.of == command_condition::key::sets ? std::string() : (program.empty() ? "x" : program) + ' ';
        collect_values(test.value, front, field, into);
        for (auto const& other : test.others)
            collect_commands(other, field, into);
    }
}

void collect_patterns(condition const& node, field_path const& default_path, std::vector<searched_pattern>& into) {
    auto const& field = node.field.keys.empty() ? default_path : node.field;
    if (node.expression)
        into.push_back({node.expression, node.pattern_line, node.pattern_column, field, {}});
    for (auto const& step : node.commands)
        for (auto const& each : step)
            collect_commands(each, field, into);
    for (auto const& child : node.children)
        collect_patterns(child, default_path, into);
}

std::vector<searched_pattern> patterns_of(rule_definition const& rule) {
    std::vector<searched_pattern> all;
    field_path const default_path{{std::string(default_field(rule.applies_to.front()))}};
    collect_patterns(rule.match, default_path, all);
    for (auto const& window : rule.windows)
        for (auto const& step : window.steps)
            collect_patterns(step, default_path, all);
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

std::size_t work_of(searched_pattern const& pattern, std::string_view text) {
    regex::allowance allowed;
    pattern.expression->search(text, allowed);
    return regex::allowance::most - allowed.left;
}

} // namespace

std::string slow_event::beginning() const {
    return escape_for_terminal(text.substr(0, max_beginning)) + (text.size() > max_beginning ? "..." : "");
}

void each_slow_event(rule_definition const& rule, std::size_t size, std::function<void(slow_event&&)> const& visit) {
    for (auto const& pattern : patterns_of(rule))
        for (auto& text : slow_texts(pattern.expression->pcre_syntax(), size)) {
            auto made = event_with(rule.applies_to.front(), pattern.field, pattern.in_place(text));
            visit({std::move(made), pattern.field, std::move(text)});
        }
}

std::vector<diagnostic> costly_patterns(std::shared_ptr<rule_definition const> const& rule) {
    engine host;
    host.apply(rule_change(1, rule->rule_id, rule));
    evaluation result;
    auto const all = patterns_of(*rule);
    std::vector<bool> is_reported(all.size());
    findings found(rule->path, {rule->text, rule->line});
    each_slow_event(*rule, field_size, [&](slow_event&& slow) {
        if (std::ranges::find(is_reported, false) == is_reported.end())
            return;
        host.evaluate(slow.made, now, result);
        if (result.failed.empty())
            return;
        // The searches of a rule share a limit; the pattern to change is the one that used most of it.
        auto const most = std::ranges::max_element(all, {}, [&](auto const& each) { return work_of(each, slow.text); });
        auto const place = static_cast<std::size_t>(most - all.begin());
        if (is_reported[place])
            return;
        is_reported[place] = true;
        auto const& obstacle = most->expression->why_not_linear();
        found.report(
            finding::costly_pattern, {most->line, most->column},
            "a text can use up the work that the rule may do on an event, so that it does not fire: " +
                std::to_string(slow.text.size()) + " bytes of '" + slow.beginning() + "'" +
                (obstacle ? "; the search is not linear, because " + obstacle->message + " (at its byte " +
                         std::to_string(obstacle->offset + 1) + ")"
                          : std::string()),
            "bound its repeats and let none run over what the pattern begins with, or ask for its words by 'contains' "
            "under all_of");
    });
    return found.take(rule->rule_id);
}

} // namespace rulehost::cli
