#include "cli/withheld.hpp"

#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/state/state_options.hpp"
#include "cli/tag_store.hpp"
#include "cli/tag_text.hpp"
#include "cli/terminal.hpp"
#include "delivery/tag_messages.hpp"
#include "engine/decision_index.hpp"
#include "rule/confidence_floor.hpp"
#include "sql/session/schema.hpp"
#include "sql/tag_query.hpp"
#include "sql/tag_table.hpp"
#include "text/plural.hpp"
#include "time/whole_seconds.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace rulehost::cli {

namespace {

constexpr std::size_t released_at_once = 500; // in one transaction

struct withheld_options {
    std::string store;
    std::string since;
    tag_filter which;
    decision_id decision = 0;
    bool json = false;

    listing::form form() const { return listing::form_of(json); }
};

exit_code list_withheld(withheld_options& options) {
    if (!options.since.empty())
        options.which.since = past_time_given("--since", options.since);
    data_output output;
    auto columns = columns_of_tags();
    columns.insert(columns.begin(), "DECISION");
    listing rows(output, options.form(), std::move(columns));
    std::size_t shown = 0;
    read_store(options.store, version_with_withheld_tags, [&](session& sql) {
        tag_query query(sql, tag_query::table::withheld);
        for_each_page(query, options.which, [&](auto const& page) {
            for (auto const& each : page) {
                auto cells = cells_of(each);
                cells.insert(cells.begin(), std::to_string(each.value.withheld_by));
                auto record = to_json(each.value);
                record["withheld_by"] = each.value.withheld_by;
                rows.add(std::move(cells), record);
            }
            shown += page.size();
            return true;
        });
    });
    rows.finish();
    if (shown == 0)
        std::cerr << "rulehost: no such tag is withheld\n";
    return exit_code::ok;
}

exit_code count(withheld_options const& options) {
    std::vector<withheld_count> all;
    read_store(options.store, version_with_withheld_tags, [&](session& sql) { all = count_withheld(sql); });
    data_output output;
    listing rows(output, options.form(), {"DECISION", "RULE", "TAGS", time_column("FIRST"), time_column("LAST")});
    for (auto const& each : all)
        rows.add({std::to_string(each.decision), each.rule_id, std::to_string(each.tags), whole_seconds(each.first),
                  whole_seconds(each.last)},
                 {{"decision", each.decision},
                  {"rule_id", each.rule_id},
                  {"tags", each.tags},
                  {"first", format_time(each.first)},
                  {"last", format_time(each.last)}});
    rows.finish();
    if (all.empty())
        std::cerr << "rulehost: no tag is withheld\n";
    return exit_code::ok;
}

exit_code release(withheld_options const& options) {
    require_existing(options.store);
    if (release_withheld(options.store, options.decision))
        return exit_code::ok;
    std::cerr << "rulehost: `rulehost withheld count` names the decisions that withhold tags\n";
    return exit_code::findings;
}

/// The decisions that stand, but for one. Throws std::runtime_error when a signal ends it: without them, too much would be
/// released.
decision_map standing_without(std::string const& url, decision_id id, time_point& now) {
    std::optional<decision_map> others;
    run_on_database(url, database_access::read,
                    [&](database_rule_store& store, time_source&) -> boost::asio::awaitable<exit_code> {
                        auto const all = co_await standing_decisions_in(store);
                        now = co_await store.clock();
                        auto& found = others.emplace();
                        for (auto const& each : all)
                            if (each.id != id)
                                found.emplace(each.id, each);
                        co_return exit_code::ok;
                    });
    if (!others)
        throw std::runtime_error("interrupted; nothing was released");
    return *std::move(others);
}

/// Lowers the tag by the decisions that stand, or says which one withholds it.
void judge(tag& made, decision_index const& standing, time_point now) {
    auto const sum = about_tag(standing, made, now);
    made.observe = made.observe || sum.observed;
    if (sum.disabled || sum.confidence_max.value_or(1) < default_confidence_floor) {
        made.withheld_by = sum.by;
    } else if (sum.confidence_max && *sum.confidence_max < made.confidence) {
        made.clipped_from = made.confidence;
        made.confidence = *sum.confidence_max;
    }
}

} // namespace

bool release_withheld(std::string const& url, decision_id id) {
    bool is_consumed = false;
    read_store(url, version_with_withheld_tags,
               [&](session& sql) { is_consumed = count_rows(sql, "ttp_outbox_consumer", 1) != 0; });
    time_point now;
    decision_index const standing(standing_without(url, id, now));
    tag_table table(parse_database_url(url), database_access::existing);
    auto const messages = is_consumed ? tag_table::messages_about(messages_about) : tag_table::messages_about();
    tag_table::released all;
    {
        progress_line progress;
        for (;;) {
            auto const page = table.release(static_cast<std::int64_t>(id), released_at_once, messages,
                                            [&](tag& made) { judge(made, standing, now); });
            if (page.rows == 0)
                break;
            all.rows += page.rows;
            all.fresh += page.fresh;
            all.withheld += page.withheld;
            progress.show(plural(all.rows, "tag") + " read");
        }
    }
    auto said = plural(all.fresh, "tag") + " of decision " + std::to_string(id) + " released";
    if (auto const known = all.rows - all.fresh - all.withheld)
        said += ", " + std::to_string(known) + " were stored before";
    if (all.withheld != 0)
        said += ", " + std::to_string(all.withheld) + " stay withheld by other decisions";
    std::cerr << "rulehost: " << said << std::endl;
    return all.rows != 0;
}

void hand_over_withheld(std::string const& url, decision_id from, decision_id to) {
    tag_table table(parse_database_url(url), database_access::existing);
    table.reassign_withheld(static_cast<std::int64_t>(from), static_cast<std::int64_t>(to));
}

void add_withheld(CLI::App& program, exit_code& result) {
    auto* const command = program.add_subcommand("withheld", "Show or release the tags that decisions withheld");
    command->require_subcommand(1);
    command->footer("Example: rulehost withheld count --store sqlite:var/rulehost.db");
    auto const options = std::make_shared<withheld_options>();
    auto const add = [&](std::string const& name, std::string const& what, auto act) {
        auto* const added = command->add_subcommand(name, what);
        add_store_option(*added, options->store)->required();
        added->callback([options, act, &result] { result = act(*options); });
        return added;
    };
    auto* const listed = add("list", "List them, the oldest first", list_withheld);
    listed->add_option("--decision", options->which.decision, "Only by this decision: its id, as `state list` shows it")
        ->transform(as_revision());
    listed->add_option("--rule", options->which.rule_id, "Only of this rule: its id");
    listed->add_option("--since", options->since, "Only what happened since: 24h (ago), or 2026-12-01T10:00Z");
    listed->add_flag("--json", options->json, "NDJSON also on a terminal");
    listed->footer("Example: rulehost withheld list --decision 42 --store URL");
    auto* const counted = add("count", "Count them by decision and rule", count);
    counted->add_flag("--json", options->json, "NDJSON also on a terminal");
    counted->footer("Example: rulehost withheld count --store URL");
    auto* const released = add("release", "Make them tags, as if the decision had not been", release);
    released->add_option("DECISION", options->decision, "The decision's id")->required()->transform(as_revision());
    released->footer("Outputs and --publish send them. A decision that still stands goes on to withhold.\n"
                     "Example: rulehost withheld release 42 --store URL");
}

} // namespace rulehost::cli
