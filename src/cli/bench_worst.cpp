#include "cli/bench.hpp"
#include "cli/data_output.hpp"
#include "cli/rule_sources.hpp"
#include "cli/terminal.hpp"
#include "rule/regex.hpp"
#include "rule/slow_texts.hpp"
#include "time/monotonic_clock.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/engine.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::cli {

namespace {

struct worst_options {
    std::vector<std::string> rules{"rules"};
    std::size_t size = 64 * 1024;
    std::size_t most_listed = 10;
    bool json = false;
};

constexpr time_point now{std::chrono::sys_days{std::chrono::January / 1 / 2026}};
constexpr std::size_t shown_text = 60;

/// The slowest event that was found for a rule.
struct worst_event {
    std::string rule_id;
    double milliseconds = 0;
    bool limit_hit = false;
    std::string field;
    std::string text;
};

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

template <typename Visit>
void each_test_of_an_expression(condition const& node, Visit const& visit) {
    if (node.expression)
        visit(node);
    for (auto const& child : node.children)
        each_test_of_an_expression(child, visit);
}

/// The least of two times, so that what happens once (memory that grows) does not count.
double milliseconds_of(engine const& host, event const& e, evaluation& result) {
    double least = 0;
    for (int i = 0; i != 2; ++i) {
        auto const start = running_nanoseconds();
        host.evaluate(e, now, result);
        auto const spent = static_cast<double>(running_nanoseconds() - start) / 1e6;
        least = i == 0 ? spent : std::min(least, spent);
    }
    return least;
}

worst_event worst_for(std::shared_ptr<rule_definition const> const& definition, std::size_t size) {
    engine host;
    host.apply(rule_change(1, definition->rule_id, definition));
    worst_event worst;
    worst.rule_id = definition->rule_id;
    evaluation result;
    auto const source_kind = definition->applies_to.front();
    auto const measure = [&](condition const& test) {
        auto field = test.field;
        if (field.keys.empty())
            field.keys.emplace_back(default_field(source_kind));
        for (auto& text : slow_texts(test.expression->pcre_syntax(), size)) {
            auto const spent = milliseconds_of(host, event_with(source_kind, field, text), result);
            if (spent > worst.milliseconds)
                worst = {definition->rule_id, spent, !result.failed.empty(), field.text(), std::move(text)};
        }
    };
    each_test_of_an_expression(definition->match, measure);
    for (auto const& window : definition->windows)
        for (auto const& step : window.steps)
            each_test_of_an_expression(step, measure);
    return worst;
}

std::string start_of(std::string const& text) {
    return escape_for_terminal(text.substr(0, shown_text)) + (text.size() > shown_text ? "..." : "");
}

std::string in_milliseconds(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f", value);
    return text.data();
}

exit_code measure(worst_options const& options) {
    std::vector<worst_event> all;
    progress_line progress;
    auto const documents = read_rule_sources(options.rules);
    for (auto const& document : documents) {
        if (!document.definition)
            continue;
        progress.show(std::to_string(all.size() + 1) + " of " + plural(documents.size(), "rule"));
        all.push_back(worst_for(document.definition, options.size));
    }
    progress.clear();
    std::ranges::sort(all, std::ranges::greater{}, &worst_event::milliseconds);

    data_output output;
    listing listed(output, options.json ? listing::form::ndjson : listing::default_form(),
                   {"RULE", "MILLISECONDS", "LIMIT", "FIELD", "TEXT"});
    for (auto const& one : std::span{all}.first(std::min(options.most_listed, all.size())))
        listed.add({one.rule_id, in_milliseconds(one.milliseconds), one.limit_hit ? "hit" : "", one.field, start_of(one.text)},
                   {{"rule_id", one.rule_id},
                    {"milliseconds", std::round(one.milliseconds * 1000) / 1000},
                    {"limit_hit", one.limit_hit},
                    {"field", one.field},
                    {"bytes", one.text.size()},
                    {"text", start_of(one.text)}});
    listed.finish();
    output.flush();
    auto const hit = std::ranges::count(all, true, &worst_event::limit_hit);
    std::cerr << plural(all.size(), "rule") << ", at worst " << in_milliseconds(all.empty() ? 0 : all.front().milliseconds)
              << " ms an event; for " << hit << " the worst text ends at the limit\n";
    return exit_code::ok;
}

} // namespace

void add_bench_worst(CLI::App& bench, exit_code& result) {
    auto const options = std::make_shared<worst_options>();
    auto* const command = bench.add_subcommand("worst", "How slow an attacker can make these rules");
    command->add_option("--rules", options->rules, "Rule files, or directories of them")->capture_default_str();
    command->add_option("--size", options->size, "Bytes of each text")->capture_default_str()->check(CLI::Range(16u, 16u << 20));
    command->add_option("--top", options->most_listed, "How many rules are listed, the slowest first")->capture_default_str();
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer("Example: rulehost bench worst --rules rules\n"
                    "Texts are made from the expressions of each rule: what they repeat, repeated, and near misses.");
    command->callback([options, &result] { result = measure(*options); });
}

} // namespace rulehost::cli
