#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/tag_store.hpp"
#include "engine/decision_index.hpp"
#include "rule/rule_techniques.hpp"
#include "sql/tag_query.hpp"

#include <rulehost/attack_table.hpp>
#include <rulehost/rule_store.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace rulehost::cli {

namespace {

struct coverage_options {
    std::string store;
    std::string since;
    bool unseen = false;
    bool retracted = false;
    bool json = false;
};

/// A technique that a rule can see, or that was seen.
struct coverage {
    std::set<std::string> rules; ///< live ones, without those that are disabled
    std::uint64_t tags = 0;
};

using coverages = std::map<std::string, coverage>;

void print(coverages const& all, coverage_options const& options) {
    auto const& attack = attack_table::enterprise();
    data_output output;
    listing techniques(output, listing::form_of(options.json), {"TECHNIQUE", "TAGS", "RULES", text_column("NAME")});
    for (auto const& [id, each] : all) {
        if (options.unseen && each.tags > 0)
            continue;
        auto const* const known = attack.find_technique(id);
        auto const name = known ? known->name : std::string();
        techniques.add({id, std::to_string(each.tags), std::to_string(each.rules.size()), name},
                       {{"technique_id", id},
                        {"technique_name", name},
                        {"tags", each.tags},
                        {"rules", boost::json::array(each.rules.begin(), each.rules.end())}});
    }
    techniques.finish();
}

exit_code show_coverage(coverage_options const& options) {
    tag_filter which;
    which.leaves_out_observed = true;
    which.with_retracted = options.retracted;
    if (!options.since.empty())
        which.since = past_time_given("--since", options.since);
    coverages all;
    read_store(options.store, version_with_times, [&](session& sql) {
        for (auto const& [id, tags] : tags_by_technique(sql, which))
            all[id].tags = tags;
    });
    auto add_rules = [&all](database_rule_store& store, time_source& time) -> boost::asio::awaitable<exit_code> {
        auto const snapshot = co_await store.load_compiled();
        auto const now = store.expiries().at(time.now());
        for (auto const& rule : rules_as_decided(snapshot.rules, snapshot.decisions, now))
            if (rule->state().status != rule_status::disabled)
                for (auto const& id : techniques_of(rule->definition()))
                    all[id].rules.insert(rule->definition().rule_id);
        co_return exit_code::ok;
    };
    auto const code = run_on_database(options.store, database_access::read, add_rules);
    if (code == exit_code::ok)
        print(all, options);
    return code;
}

} // namespace

void add_coverage(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<coverage_options>();
    auto* const command =
        program.add_subcommand("coverage", "Show which techniques the live rules can see, and which were seen");
    add_store_option(*command, options->store)->required();
    command->add_option("--since", options->since,
                        "Count tags that happened since: 30d (ago), or 2026-12-01T10:00Z; default: all");
    command->add_flag("--unseen", options->unseen, "Only techniques without a tag");
    command->add_flag("--retracted", options->retracted, "Count tags that were retracted as well");
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer("Sub-techniques count by themselves. Disabled rules do not count.\n"
                    "Example: rulehost coverage --store sqlite:var/rulehost.db --since 30d");
    command->callback([options, &result] { result = show_coverage(*options); });
}

} // namespace rulehost::cli
