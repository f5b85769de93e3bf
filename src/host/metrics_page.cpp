#include "host/metrics_page.hpp"

#include <chrono>
#include <cstdint>

namespace rulehost {

namespace {

using kind = metrics_text::kind;

double unix_seconds(std::optional<time_point> instant) {
    return instant ? std::chrono::duration<double>(instant->time_since_epoch()).count() : 0;
}

template <class Of>
struct column {
    std::string_view name;
    kind type;
    std::string_view help;
    std::uint64_t Of::*value;
};

/// One family a column, one sample a rule.
template <class Of, std::size_t Count>
void write_by_rule(metrics_text& page, std::vector<Of> const& rules, column<Of> const (&columns)[Count]) {
    for (auto const& [name, type, help, value] : columns) {
        page.family(name, type, help);
        for (auto const& rule : rules)
            page.sample(rule.*value, {{"rule_id", rule.rule_id}});
    }
}

} // namespace

void write_build(metrics_text& page, std::string_view version, time_point started) {
    page.family("rulehost_build_info", kind::gauge, "Always 1; the label is the version.");
    page.sample(std::uint64_t{1}, {{"version", version}});
    page.family("rulehost_start_time_seconds", kind::gauge, "When the process began, in UNIX time.");
    page.sample(unix_seconds(started));
}

void write_engine(metrics_text& page, engine const& rules) {
    auto const statistics = rules.statistics();
    page.family("rulehost_rules", kind::gauge, "Live rules.");
    page.sample(std::uint64_t{statistics.size()});
    page.family("rulehost_rules_revision", kind::gauge, "Revision of the store that the live rules correspond to.");
    page.sample(std::uint64_t{rules.revision()});
    static constexpr column<rule_statistics> rule_columns[]{
        {"rulehost_rule_evaluations_total", kind::counter, "How often the rule's conditions were looked at.",
         &rule_statistics::evaluations},
        {"rulehost_rule_matches_total", kind::counter, "Events that the rule matched.", &rule_statistics::matches},
        {"rulehost_rule_tags_total", kind::counter, "Tags that the rule gave.", &rule_statistics::tags},
        {"rulehost_rule_suppressed_total", kind::counter,
         "Matches that gave no tag because the rule is disabled or below the floor.", &rule_statistics::suppressed},
        {"rulehost_rule_failures_total", kind::counter, "Evaluations that hit a limit of the expression matcher.",
         &rule_statistics::failures}};
    write_by_rule(page, statistics, rule_columns);
    static constexpr column<window_statistics> window_columns[]{
        {"rulehost_window_groups", kind::gauge, "Groups in the rule's correlation windows.", &window_statistics::groups},
        {"rulehost_window_evicted_groups_total", kind::counter, "Groups that were given up because there were too many.",
         &window_statistics::evicted_groups},
        {"rulehost_window_evicted_entries_total", kind::counter, "Events that were given up because their group had too many.",
         &window_statistics::evicted_entries}};
    write_by_rule(page, rules.windows(), window_columns);
}

void write_freshness(metrics_text& page, rule_freshness const& freshness) {
    page.family("rulehost_rules_complete", kind::gauge, "1 once every rule was loaded.");
    page.sample(std::uint64_t{freshness.complete});
    page.family("rulehost_rules_quarantined", kind::gauge, "Rule texts that are not live because they are bad.");
    page.sample(std::uint64_t{freshness.quarantined});
    page.family("rulehost_rules_stale_since_seconds", kind::gauge,
                "Since when the live rules may be behind the store, in UNIX time; 0 while they are not.");
    page.sample(unix_seconds(freshness.stale_since));
    page.family("rulehost_rules_propagation_seconds", kind::histogram,
                "From the commit of a change of a rule or state until it is live here.");
    page.sample(freshness.propagation);
}

void write_tag_writer(metrics_text& page, tag_writer::statistics const& counts) {
    page.family("rulehost_tags_stored_total", kind::counter, "Tags that were new to the database.");
    page.sample(counts.stored);
    page.family("rulehost_tags_known_total", kind::counter, "Tags that the database already had.");
    page.sample(counts.known);
    page.family("rulehost_dead_letters_total", kind::counter, "Lines and tags that could not be worked on.");
    page.sample(counts.dead);
    page.family("rulehost_tags_waiting", kind::gauge, "Tags that are not durable yet.");
    page.sample(counts.waiting);
    page.family("rulehost_spool_bytes", kind::gauge, "Size of the spool that takes tags while the database is away.");
    page.sample(counts.spooled_bytes);
    page.family("rulehost_outbox_messages", kind::gauge, "Messages that wait to be published.");
    page.sample(counts.unpublished);
    page.family("rulehost_database_lost_since_seconds", kind::gauge,
                "Since when tags cannot be stored, in UNIX time; 0 while they can.");
    page.sample(unix_seconds(counts.database_lost_since));
}

} // namespace rulehost
