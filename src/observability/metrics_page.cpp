#include "observability/metrics_page.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

/// One family a column, one sample a row.
template <class Of, std::size_t Count>
void write_table(metrics_text& page, std::vector<Of> const& rows, column<Of> const (&columns)[Count],
                 std::string_view label, std::string Of::*key) {
    for (auto const& [name, type, help, value] : columns) {
        page.family(name, type, help);
        for (auto const& row : rows)
            page.sample(row.*value, {{label, row.*key}});
    }
}

void write_value(metrics_text& page, std::string_view name, kind type, std::string_view help, std::uint64_t value) {
    page.family(name, type, help);
    page.sample(value);
}

void write_instant(metrics_text& page, std::string_view name, std::string_view help, std::optional<time_point> value) {
    page.family(name, kind::gauge, help);
    page.sample(unix_seconds(value));
}

} // namespace

void write_build(metrics_text& page, std::string_view version, time_point started) {
    page.family("rulehost_build_info", kind::gauge, "Always 1; the label is the version.");
    page.sample(std::uint64_t{1}, {{"version", version}});
    write_instant(page, "rulehost_start_timestamp_seconds", "When the process began, in UNIX time.", started);
    write_instant(page, "rulehost_start_time_seconds", "Former name of rulehost_start_timestamp_seconds.", started);
}

namespace {

void write_decisions(metrics_text& page, engine const& rules, time_point now) {
    page.family("rulehost_rule_state", kind::gauge,
                "1 for each rule that decisions disable or clip for every event; the label is its state.");
    for (auto const& rule : rules.rules_as_decided(now))
        if (rule->state().status != rule_status::enabled)
            page.sample(std::uint64_t{1},
                        {{"rule_id", rule->definition().rule_id}, {"state", to_string(rule->state().status)}});
    page.family("rulehost_decision_end_timestamp_seconds", kind::gauge,
                "When the decision ends, in UNIX time; 0: it does not end by itself.");
    for (auto const& each : rules.decisions(now))
        page.sample(unix_seconds(each.ends_at),
                    {{"decision_id", std::to_string(each.id)}, {"effect", to_string(each.effect)}});
}

} // namespace

void write_engine(metrics_text& page, engine const& rules, time_point now) {
    write_decisions(page, rules, now);
    auto const statistics = rules.statistics();
    write_value(page, "rulehost_rules", kind::gauge, "Live rules.", statistics.size());
    write_value(page, "rulehost_rules_revision", kind::gauge,
                "Revision of the store that the live rules correspond to.",
                static_cast<std::uint64_t>(rules.revision()));
    static constexpr column<rule_statistics> rule_columns[]{
        {"rulehost_rule_evaluations_total", kind::counter, "Evaluations of the rule's conditions.",
         &rule_statistics::evaluations},
        {"rulehost_rule_matches_total", kind::counter, "Events that the rule matched.", &rule_statistics::matches},
        {"rulehost_rule_tags_total", kind::counter, "Tags that the rule gave.", &rule_statistics::tags},
        {"rulehost_rule_withheld_total", kind::counter,
         "Matches that gave no tag because the rule is disabled or below the floor.", &rule_statistics::withheld},
        {"rulehost_rule_suppressed_total", kind::counter, "Former name of rulehost_rule_withheld_total.",
         &rule_statistics::withheld},
        {"rulehost_rule_failures_total", kind::counter, "Evaluations that hit a limit of the expression matcher.",
         &rule_statistics::failures},
        {"rulehost_rule_undecided_total", kind::counter,
         "Undecided tags of the rule, also those past the limit of an event.", &rule_statistics::undecided},
        {"rulehost_rule_measured_total", kind::counter,
         "Evaluations of the rule whose cost was measured, a sample of them.", &rule_statistics::measured},
        {"rulehost_rule_measured_nanoseconds_total", kind::counter, "What the measured evaluations cost.",
         &rule_statistics::cost}};
    write_table(page, statistics, rule_columns, "rule_id", &rule_statistics::rule_id);
    static constexpr column<window_statistics> window_columns[]{
        {"rulehost_window_groups", kind::gauge, "Groups in the rule's correlation windows.",
         &window_statistics::groups},
        {"rulehost_window_evicted_groups_total", kind::counter, "Groups that were evicted because there were too many.",
         &window_statistics::evicted_groups},
        {"rulehost_window_evicted_entries_total", kind::counter,
         "Events that were evicted because their group had too many.", &window_statistics::evicted_entries}};
    write_table(page, rules.windows(), window_columns, "rule_id", &window_statistics::rule_id);
}

void write_host(metrics_text& page, host_statistics const& counts) {
    write_value(page, "rulehost_rules_complete", kind::gauge, "1 once every rule was loaded.", counts.ready);
    write_value(page, "rulehost_rules_quarantined", kind::gauge,
                "Rule texts that are quarantined because they are invalid.", counts.quarantined_rules);
    write_value(page, "rulehost_rules_deletions_withheld", kind::gauge,
                "Rules that stay live although their files are gone, because so many deletions look like an accident.",
                counts.withheld_deletions);
    write_value(page, "rulehost_rules_refused", kind::gauge, "Rules of the directory that the database rejects.",
                counts.refused_rules);
    write_value(page, "rulehost_worker_waits", kind::gauge,
                "1 while another process runs under the name of this worker, and this one reads no input.",
                !counts.name_holder.empty());
    write_value(page, "rulehost_rules_pinned", kind::gauge,
                "Rules whose files this master leaves alone because their texts were rolled back and pinned.",
                counts.pinned_rules);
    write_instant(page, "rulehost_rules_stale_timestamp_seconds",
                  "Since when the live rules may be behind the store, in UNIX time; 0 while they are not.",
                  counts.rules_stale_since);
    write_instant(page, "rulehost_rules_stale_since_seconds", "Former name of rulehost_rules_stale_timestamp_seconds.",
                  counts.rules_stale_since);

    page.family("rulehost_rules_propagation_seconds", kind::histogram,
                "From the commit of a rule's state until it is live here.");
    page.sample(counts.propagation);

    static constexpr column<input_statistics> input_columns[]{
        {"rulehost_input_lines_total", kind::counter, "Lines that were read.", &input_statistics::lines},
        {"rulehost_input_bytes_total", kind::counter, "Bytes that were read.", &input_statistics::bytes},
        {"rulehost_input_rejected_total", kind::counter, "Lines that are not events, and rejected events.",
         &input_statistics::rejected},
        {"rulehost_events_expired_total", kind::counter,
         "Events older than the retention of tags, which were not evaluated.", &input_statistics::expired},
        {"rulehost_events_total", kind::counter, "Events that were evaluated.", &input_statistics::events},
        {"rulehost_tags_total", kind::counter, "Tags of the events, new or not.", &input_statistics::tags},
        {"rulehost_withheld_total", kind::counter, "Matches of rules that are disabled or below the floor.",
         &input_statistics::withheld},
        {"rulehost_suppressed_total", kind::counter, "Former name of rulehost_withheld_total.",
         &input_statistics::withheld},
        {"rulehost_failures_total", kind::counter, "Evaluations of a rule that hit a matching limit.",
         &input_statistics::failures}};
    write_table(page, counts.inputs, input_columns, "input", &input_statistics::name);
    static constexpr column<adapter_counts> adapter_columns[]{
        {"rulehost_adapter_events_total", kind::counter, "Events that the adapter made of lines.",
         &adapter_counts::parsed},
        {"rulehost_adapter_skewed_total", kind::counter, "Of these, events whose time is far from their arrival.",
         &adapter_counts::skewed},
        {"rulehost_adapter_untimed_total", kind::counter,
         "Of these, events without a time: that of their arrival was taken.", &adapter_counts::untimed},
        {"rulehost_adapter_truncated_total", kind::counter,
         "Lines that were too long or held too many events to be read whole.", &adapter_counts::truncated},
        {"rulehost_adapter_left_out_total", kind::counter, "List entries in such lines that gave no event.",
         &adapter_counts::left_out},
        {"rulehost_adapter_skipped_total", kind::counter, "Lines of a kind that carries nothing to evaluate.",
         &adapter_counts::skipped},
        {"rulehost_adapter_unparsable_total", kind::counter, "Lines that the adapter could not read.",
         &adapter_counts::unparsable}};
    for (auto const& [name, type, help, value] : adapter_columns) {
        page.family(name, type, help);
        for (auto const& input : counts.inputs)
            for (auto const& each : input.adapters)
                page.sample(each.*value, {{"input", input.name}, {"adapter", each.adapter}});
    }

    write_value(page, "rulehost_tags_stored_total", kind::counter, "Tags that were new.", counts.stored_tags);
    write_value(page, "rulehost_tags_known_total", kind::counter, "Tags that the database already had.",
                counts.known_tags);
    write_value(page, "rulehost_tags_waiting", kind::gauge, "Tags that are not durable yet.", counts.waiting_tags);
    write_value(page, "rulehost_tags_unprinted_total", kind::counter,
                "Stored tags that were not written to standard output.", counts.unprinted_tags);
    write_value(page, "rulehost_dead_letters_total", kind::counter,
                "Lines, tags and messages that could not be processed.", counts.dead_letters);
    write_value(page, "rulehost_dead_letters_dropped_total", kind::counter,
                "Of them, those that could not be written to their file.", counts.dropped_dead_letters);
    write_value(page, "rulehost_spool_bytes", kind::gauge,
                "Size of the spool that takes tags while the database is away.", counts.spooled_bytes);
    write_value(page, "rulehost_outbox_messages", kind::gauge, "Messages that wait for the broker.",
                counts.unpublished_messages);
    write_value(page, "rulehost_outbox_overflowed_total", kind::counter,
                "Messages that became dead letters because too many waited for the broker.",
                counts.overflowed_messages);
    static constexpr column<output_statistics> output_columns[]{
        {"rulehost_output_sent_total", kind::counter, "Tags that the output's receiver took.",
         &output_statistics::sent},
        {"rulehost_output_retries_total", kind::counter, "Attempts to send that failed and were repeated.",
         &output_statistics::retries},
        {"rulehost_output_rejected_total", kind::counter,
         "Messages that became dead letters: the receiver rejected them, or too many waited for it.",
         &output_statistics::lost}};
    write_table(page, counts.outputs, output_columns, "output", &output_statistics::name);
    page.family("rulehost_output_lag_seconds", kind::gauge,
                "Age of the oldest tag that the output tries to send; 0: none.");
    for (auto const& each : counts.outputs)
        page.sample(std::chrono::duration<double>(each.lag).count(), {{"output", each.name}});
    write_value(page, "rulehost_tags_expired_total", kind::counter,
                "Tags that this worker deleted because of their age.", counts.expired_tags);
    write_value(page, "rulehost_steps_stored_total", kind::counter,
                "Texts of events of sessions that were stored, tagged or not.", counts.stored_steps);
    write_value(page, "rulehost_steps_dropped_total", kind::counter,
                "Texts of events of sessions that the store was too slow for, or away.", counts.dropped_steps);
    write_value(page, "rulehost_messages_dropped_total", kind::counter,
                "Messages about rules that were dropped: the broker was away for too long, or rejected them.",
                counts.dropped_messages);
    write_instant(page, "rulehost_database_lost_timestamp_seconds",
                  "Since when tags cannot be stored, in UNIX time; 0 while they can.", counts.database_lost_since);
    write_instant(page, "rulehost_database_lost_since_seconds",
                  "Former name of rulehost_database_lost_timestamp_seconds.", counts.database_lost_since);
}

void write_admin(metrics_text& page, admin_server::statistics const& counts) {
    write_value(page, "rulehost_admin_requests_total", kind::counter, "Requests to this endpoint that were answered.",
                counts.requests);
    write_value(page, "rulehost_admin_refused_total", kind::counter, "Of them, those that were rejected.",
                counts.refused);
    write_value(page, "rulehost_admin_cut_off_total", kind::counter, "Connections that took too long or were too many.",
                counts.cut_off);
}

void write_tracer(metrics_text& page, otlp_tracer::statistics const& counts) {
    write_value(page, "rulehost_spans_exported_total", kind::counter, "Spans that the collector took.",
                counts.exported);
    write_value(page, "rulehost_spans_dropped_total", kind::counter, "Spans that did not fit or were rejected.",
                counts.dropped);
    write_value(page, "rulehost_spans_waiting", kind::gauge, "Spans that are to be sent.", counts.waiting);
    write_value(page, "rulehost_span_retries_total", kind::counter, "Requests to the collector that were retried.",
                counts.retries);
}

} // namespace rulehost
