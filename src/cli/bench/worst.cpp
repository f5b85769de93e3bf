#include "cli/bench/bench.hpp"
#include "cli/data_output.hpp"
#include "cli/program_directory.hpp"
#include "cli/rules/rule_sources.hpp"
#include "cli/rules/slow_events.hpp"
#include "cli/terminal.hpp"
#include "cli/value_checks.hpp"
#include "text/plural.hpp"
#include "time/monotonic_clock.hpp"

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
    std::size_t max_listed = 10;
    bool json = false;
};

constexpr time_point now{std::chrono::sys_days{std::chrono::January / 1 / 2026}};

/// The slowest event that was found for a rule.
struct worst_event {
    std::string rule_id;
    double milliseconds = 0;
    bool limit_hit = false; ///< by this event or another
    slow_event slow;
};

/// The lesser of two times, so that a one-time cost such as an allocation does not count.
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
    each_slow_event(*definition, size, [&](slow_event&& slow) {
        auto const spent = milliseconds_of(host, slow.made, result);
        worst.limit_hit |= !result.failed.empty();
        if (spent > worst.milliseconds) {
            worst.milliseconds = spent;
            worst.slow = std::move(slow);
        }
    });
    return worst;
}

std::string in_milliseconds(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f", value);
    return text.data();
}

exit_code measure(worst_options const& options) {
    std::vector<worst_event> all;
    progress_line progress;
    auto const documents = read_rule_sources(options.rules).documents;
    for (auto const& document : documents) {
        if (!document.definition)
            continue;
        progress.show(std::to_string(all.size() + 1) + " of " + plural(documents.size(), "rule"));
        all.push_back(worst_for(document.definition, options.size));
    }
    progress.clear();
    std::ranges::sort(all, std::ranges::greater{}, &worst_event::milliseconds);

    data_output output;
    listing listed(output, listing::form_of(options.json),
                   {"RULE", "MILLISECONDS", "LIMIT", "FIELD", text_column("TEXT")});
    for (auto const& one : std::span{all}.first(std::min(options.max_listed, all.size())))
        listed.add({one.rule_id, in_milliseconds(one.milliseconds), one.limit_hit ? "hit" : "", one.slow.field.text(),
                    one.slow.beginning()},
                   {{"rule_id", one.rule_id},
                    {"milliseconds", std::round(one.milliseconds * 1000) / 1000},
                    {"limit_hit", one.limit_hit},
                    {"field", one.slow.field.text()},
                    {"bytes", one.slow.text.size()},
                    {"text", one.slow.beginning()}});
    listed.finish();
    auto const hit = std::ranges::count(all, true, &worst_event::limit_hit);
    std::cerr << plural(all.size(), "rule") << ", at worst "
              << in_milliseconds(all.empty() ? 0 : all.front().milliseconds) << " ms an event; " << hit
              << " can be brought to the limit\n";
    return exit_code::ok;
}

} // namespace

void add_bench_worst(CLI::App& bench, exit_code& result) {
    auto const options = std::make_shared<worst_options>();
    auto* const command = bench.add_subcommand("worst", "Measure how slow an attacker can make rules");
    command->add_option("--rules", options->rules, "Rule files, or directories of them")->capture_default_str();
    add_programs_option(*command);
    command->add_option("--size", options->size, "Bytes of each text")
        ->capture_default_str()
        ->transform(as_number(16u, 16u << 20));
    command->add_option("--top", options->max_listed, "Number of rules listed, the slowest first")
        ->capture_default_str()
        ->transform(as_number(std::size_t{0}, std::size_t{1'000'000}));
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer("Example: rulehost bench worst --rules rules\n"
                    "Texts are made from the expressions of each rule: what they repeat, repeated, and near misses.");
    command->callback([options, &result] { result = measure(*options); });
}

} // namespace rulehost::cli
