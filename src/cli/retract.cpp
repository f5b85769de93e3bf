#include "cli/author_options.hpp"
#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/state/state_options.hpp"
#include "cli/tag_choice.hpp"
#include "cli/tag_store.hpp"
#include "cli/terminal.hpp"
#include "delivery/tag_messages.hpp"
#include "sql/tag_retraction.hpp"
#include "text/plural.hpp"
#include "time/whole_seconds.hpp"

#include <CLI/CLI.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace {

constexpr std::size_t retracted_at_once = 500; // in one transaction
constexpr std::uint64_t max_unconfirmed = 1000;
constexpr std::size_t max_text = 4096;

struct retract_options {
    std::string store;
    tag_choice chosen;
    std::string reason;
    author_options author;
    bool dry_run = false;
    bool yes = false;
    bool json = false;
};

/// Throws std::invalid_argument.
void check(retract_options const& options) {
    auto const& which = options.chosen.which;
    if (which.rule_id.empty() && which.technique.empty() && which.session_id.empty() && which.attacker_uuid.empty() &&
        which.sensor.empty() && !which.source)
        throw std::invalid_argument(
            "name the tags by at least one of --rule, --technique, --session, --attacker, --sensor and --src");
    if (options.reason.empty() || options.reason.size() + options.author.ticket.size() > max_text)
        throw std::invalid_argument("--reason: takes 1 to 4096 bytes, with --ticket");
    if (options.author.by.empty() || options.author.by.size() > max_text)
        throw std::invalid_argument("--by: takes 1 to 4096 bytes");
}

/// Which time counts: that of the event, while `rules top` goes by when the tag was made.
std::string of_events(tag_filter const& which) {
    return ", of events since " + whole_seconds(*which.since) +
        (which.until ? " and before " + whole_seconds(*which.until) : "");
}

void print(std::vector<rule_technique_count> const& counts, bool json) {
    data_output output;
    listing rows(output, listing::form_of(json), {"RULE", "TECHNIQUE", "TAGS"});
    for (auto const& each : counts)
        rows.add({each.rule_id, each.technique, std::to_string(each.tags)},
                 {{"rule_id", each.rule_id}, {"technique", each.technique}, {"tags", each.tags}});
    rows.finish();
}

/// A deleted rule is known by them when the command is repeated.
bool has_retracted_tags(session& sql, std::string const& rule_id) {
    tag_filter of_rule;
    of_rule.rule_id = rule_id;
    of_rule.with_retracted = true;
    return !count_tags(sql, of_rule).empty();
}

/// Permission for the rule or for the technique is enough, because only tags of both are retracted; where neither is given,
/// for every rule.
std::optional<std::string> refusal_of(retract_options const& options) {
    auto const& which = options.chosen.which;
    std::vector<std::string> selectors;
    if (!which.rule_id.empty())
        selectors.push_back(which.rule_id);
    if (!which.technique.empty())
        selectors.push_back("technique:" + which.technique);
    if (selectors.empty())
        selectors.emplace_back("*");
    std::optional<std::string> first;
    for (auto const& each : selectors) {
        auto refused = policy_violation(options.author.policy,
                                        act_by(options.author, operator_act::retract, {each}, options.reason));
        if (!refused)
            return std::nullopt;
        if (!first)
            first = std::move(refused);
    }
    return first;
}

std::size_t retract_all(retract_options const& options, std::uint64_t expected) {
    tag_retraction pages(
        parse_database_url(options.store), options.chosen.which,
        {.at = {}, .by = options.author.by, .reason = reason_with_ticket(options.author, options.reason)},
        messages_about_retracted);
    progress_line progress;
    std::size_t done = 0;
    for (;;) {
        auto const count = pages.next(retracted_at_once);
        done += count;
        progress.show(std::to_string(done) + " of " + plural(expected, "tag") + " retracted");
        if (count < retracted_at_once)
            return done;
    }
}

exit_code retract(retract_options& options) {
    read_tag_choice(options.chosen);
    check(options);
    read_policy(options.author);
    auto& which = options.chosen.which;
    bool is_known = true;
    std::optional<std::string> refused;
    std::vector<rule_technique_count> counts;
    read_store(options.store, version_with_times, [&](session& sql) {
        is_known = find_rule_of(options.chosen, sql, options.store) || has_retracted_tags(sql, which.rule_id);
        refused = refusal_of(options);
        if (refused)
            return;
        // The rule stays live: what it tags from now on was not counted.
        which.inserted_until = tag_query(sql).end_of_inserts();
        counts = count_tags(sql, which);
    });
    if (refused) {
        complain(*refused + "; nothing was changed");
        return exit_code::findings;
    }
    std::uint64_t all = 0;
    for (auto const& each : counts)
        all += each.tags;
    auto const result = is_known ? exit_code::ok : exit_code::findings;
    if (options.dry_run) {
        print(counts, options.json);
        say(plural(all, "tag") + " would be retracted; nothing was changed" + of_events(which));
        return result;
    }
    if (all > max_unconfirmed && !options.yes) {
        complain(plural(all, "tag") + " would be retracted; nothing was changed: --dry-run counts them by rule, and " +
                 "--yes retracts more than " + std::to_string(max_unconfirmed));
        return exit_code::findings;
    }
    say(plural(all == 0 ? 0 : retract_all(options, all), "tag") + " retracted" + of_events(which));
    return result;
}

} // namespace

void add_tags_retract(CLI::App& tags, exit_code& result) {
    auto const options = std::make_shared<retract_options>();
    auto* const command = tags.add_subcommand("retract", "Mark tags as wrong: they stay, but no longer count");
    require_options_behind(*command, tags);
    add_store_option(*command, options->store)->required();
    add_tag_choice(*command, options->chosen);
    command->get_option("--since")->required();
    command->add_option("--reason", options->reason, "Why, for the next operator")->required()->check(is_not_blank());
    add_ticket(*command, options->author);
    add_author(*command, options->author);
    command->add_flag("--dry-run", options->dry_run, "Retract nothing: count the tags by rule and technique");
    command->add_flag("--yes", options->yes, "Retract also more than 1000 tags");
    command->add_flag("--json", options->json, "With --dry-run: NDJSON also on a terminal");
    command->footer(
        "All conditions hold. --since and --until go by the time of the event (`observed_at`, or `created_at`\n"
        "where the producer gave none), while `rules top` counts tags by when they were made.\n"
        "`ttp.tag.retracted` tells of each tag once; one that waits for an output is not sent any more. A run\n"
        "that was interrupted may be repeated. There is no way back.\n"
        "Example: rulehost tags retract --rule R0018 --since 24h --reason 'our scanner' --store URL");
    command->callback([options, &result] { result = retract(*options); });
}

} // namespace rulehost::cli
