#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/tag_store.hpp"
#include "cli/value_checks.hpp"
#include "sql/rule_hour_table.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <ranges>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace {

struct top_options {
    std::string store;
    std::string last = "1h";
    std::size_t limit = 20;
    bool retracted = false;
    bool json = false;
};

/// A rule's tags, hits and cost.
struct activity {
    rule_tags found;
    rule_counts counts;
};

std::vector<activity> activities(std::vector<rule_tags> found, std::vector<rule_counts> counted) {
    std::vector<activity> all;
    std::map<std::string, std::size_t> index;
    for (auto& each : found) {
        index.emplace(each.rule_id, all.size());
        all.push_back({std::move(each), {}});
    }
    for (auto& each : counted) {
        auto const [at, is_new] = index.emplace(each.rule_id, all.size());
        if (is_new) {
            all.emplace_back();
            all.back().found.rule_id = each.rule_id;
        }
        all[at->second].counts = std::move(each);
    }
    std::ranges::sort(all, [](activity const& a, activity const& b) {
        return std::tie(b.found.tags, b.counts.withheld, a.found.rule_id) <
            std::tie(a.found.tags, a.counts.withheld, b.found.rule_id);
    });
    return all;
}

std::string written(char const* form, double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), form, value);
    return text.data();
}

/// Microseconds of an evaluation; empty where none was measured.
std::string cost_text(rule_counts const& counts) {
    return counts.measured == 0
        ? ""
        : written("%.1f us", static_cast<double>(counts.cost) / static_cast<double>(counts.measured) / 1000);
}

void print(session& sql, top_options const& options) {
    auto const since = past_time_given("--last", options.last);
    auto const all = activities(rule_tags_since(sql, since, options.retracted), rule_counts_since(sql, since));
    std::uint64_t tags = 0;
    for (auto const& each : all)
        tags += each.found.tags;
    data_output output;
    listing rules(output, listing::form_of(options.json),
                  {"RULE", text_column("NAME"), "TAGS", "SHARE", "ATTACKERS", "SESSIONS", "WITHHELD", "COST"});
    for (auto const& [found, counts] : all | std::views::take(options.limit)) {
        auto const share = tags == 0 ? 0 : static_cast<double>(found.tags) / static_cast<double>(tags);
        boost::json::object record{{"rule_id", found.rule_id},     {"rule_name", found.name},
                                   {"tags", found.tags},           {"share", share},
                                   {"attackers", found.attackers}, {"sessions", found.sessions},
                                   {"hits", counts.hits},          {"withheld", counts.withheld},
                                   {"measured", counts.measured},  {"measured_nanoseconds", counts.cost}};
        rules.add({found.rule_id, found.name, std::to_string(found.tags), written("%.1f %%", 100 * share),
                   std::to_string(found.attackers), std::to_string(found.sessions), std::to_string(counts.withheld),
                   cost_text(counts)},
                  record);
    }
    rules.finish();
}

} // namespace

void add_rules_top(CLI::App& rules, exit_code& result) {
    auto const options = std::make_shared<top_options>();
    auto* const command = rules.add_subcommand("top", "Show which rules give the most tags");
    add_store_option(*command, options->store)->required();
    command
        ->add_option("--last", options->last,
                     "Tags that were made since, whenever their events happened: 1h (ago), or 2026-12-01T10:00Z")
        ->capture_default_str();
    command->add_option("--limit", options->limit, "Number of rules, those with the most tags")
        ->transform(as_number(std::size_t{1}, std::size_t{1'000'000}))
        ->capture_default_str();
    command->add_flag("--retracted", options->retracted, "Count tags that were retracted as well");
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer(
        "Counts all workers. WITHHELD are matches without a tag, since the rule is disabled or below the floor;\n"
        "COST is the mean of the evaluations that were measured. Both are counted by whole hours.\n"
        "Example: rulehost rules top --store sqlite:var/rulehost.db --last 24h");
    command->callback([options, &result] {
        read_store(options->store, version_with_rule_hours, [&](session& sql) { print(sql, *options); });
        result = exit_code::ok;
    });
}

} // namespace rulehost::cli
