#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/tag_store.hpp"
#include "cli/value_checks.hpp"
#include "report/csv_report.hpp"
#include "report/html_report.hpp"
#include "report/misp_event.hpp"
#include "report/navigator_layer.hpp"
#include "report/stix_bundle.hpp"
#include "sql/rule_hour_table.hpp"
#include "sql/session/schema.hpp"
#include "sql/tag_query.hpp"
#include "text/plural.hpp"

#include <rulehost/attack_table.hpp>
#include <rulehost/time_source.hpp>
#include <rulehost/version.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rulehost::cli {

namespace {

constexpr time_point first_plausible{std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}};

struct span_options {
    std::string since;
    std::string until;

    /// `before`: prefix of the option names.
    tag_filter read(std::string const& before) const {
        auto const since_option = "--" + before + "since";
        auto const until_option = "--" + before + "until";
        tag_filter which;
        if (!since.empty())
            which.since = past_time_given(since_option, since);
        if (!until.empty())
            which.until = time_given(until_option, until);
        check_span(since_option, which.since, until_option, which.until);
        which.leaves_out_observed = true;
        return which;
    }
};

struct report_options {
    std::string store;
    bool retracted = false;
    span_options span;
    std::string format = "html";
    std::size_t sessions = 5;
};

/// Passes tags in the order of their time to `function` until it returns false.
void read_tags(tag_query& query, tag_filter const& which, std::function<bool(stored_tag const&)> const& function) {
    for_each_page(query, which, [&](auto const& page) { return std::ranges::all_of(page, function); });
}

/// The span that is asked for; where an end is left out, that of the tags, from 2000 up to now: a sensor whose clock was
/// never set, or is years ahead, would stretch it.
std::pair<time_point, time_point> span_of(tag_query& query, tag_filter which) {
    bool const has_begin = which.since.has_value();
    if (!has_begin)
        which.since = first_plausible;
    auto const end = [&](tag_query::order how) {
        auto const found = query.page(which, how, nullptr, 1);
        return found.empty() ? system_time_source().now() : found.front().happened_at;
    };
    auto const since = has_begin ? *which.since : end(tag_query::order::oldest_first);
    auto const newest = [&] { return std::min(end(tag_query::order::newest_first), system_time_source().now()); };
    auto const until = which.until ? *which.until : newest() + duration{1};
    return {since, std::max(until, since + duration{1})};
}

report_data summed(tag_query& query, tag_filter const& which) {
    auto const [since, until] = span_of(query, which);
    report_data data(since, until);
    read_tags(query, which, [&](stored_tag const& each) {
        data.add(each.value, each.happened_at);
        return true;
    });
    return data;
}

/// A STIX bundle or a MISP event.
boost::json::object exchanged(tag_query& query, tag_filter const& which, std::string const& format) {
    auto const& attack = attack_table::enterprise();
    auto const span = span_of(query, which);
    sightings seen;
    std::uint64_t outside = 0;
    read_tags(query, which, [&](stored_tag const& each) {
        if (each.happened_at < span.first || each.happened_at >= span.second)
            ++outside;
        else
            seen.add(each.value, each.happened_at);
        return true;
    });
    if (outside != 0)
        std::cerr << "rulehost: warning: " << plural(outside, "tag")
                  << " with a time before 2000 or in the future are left out; --since and --until include them\n";
    if (seen.is_cut())
        std::cerr
            << "rulehost: warning: there are more than " << sightings::max_pairs
            << " pairs of an address and a technique: those that come later are left out; choose a shorter span\n";
    if (format == "stix")
        return stix_bundle(seen, attack);
    return misp_event(seen, span.first, span.second, attack);
}

std::vector<session_story> stories_of(session& sql, tag_filter which, std::vector<seen_session> sessions) {
    tag_query query(sql);
    std::vector<session_story> stories;
    for (auto& session : sessions) {
        which.session_id = session.id;
        story_builder builder(std::move(session));
        for_each_step(sql, which.session_id, [&](event_step const& said) { return builder.add(said); });
        read_tags(query, which, [&](stored_tag const& each) {
            return builder.add(each.value, each.happened_at, each.retracted.has_value());
        });
        stories.push_back(builder.take());
    }
    return stories;
}

std::optional<std::uint64_t> withheld_since(session& sql, time_point since) {
    if (schema_version(sql) < version_with_rule_hours)
        return std::nullopt;
    std::uint64_t withheld = 0;
    for (auto const& each : rule_counts_since(sql, since))
        withheld += each.withheld;
    return withheld;
}

void write_report(session& sql, report_options const& options, tag_filter const& which) {
    auto const& attack = attack_table::enterprise();
    tag_query query(sql);
    data_output output;
    if (options.format == "csv") {
        output.write(csv_heading());
        read_tags(query, which, [&](stored_tag const& each) {
            output.write(csv_row(each.value, each.happened_at));
            return true;
        });
    } else if (options.format == "stix" || options.format == "misp") {
        output.write(exchanged(query, which, options.format));
    } else {
        auto const data = summed(query, which);
        if (options.format == "navigator") {
            output.write(navigator_layer(data, attack));
        } else {
            report_extras extras;
            extras.stories = stories_of(sql, which, data.top_sessions(options.sessions));
            if (which.since && !which.until)
                extras.withheld = withheld_since(sql, *which.since);
            extras.made_at = system_time_source().now();
            extras.version = version;
            output.write(html_report(data, extras, attack));
        }
    }
    output.flush();
}

struct change_options {
    std::string store;
    span_options after;
    span_options before;
};

exit_code report_change(change_options const& options) {
    auto after = options.after.read("");
    if (!after.until)
        after.until = system_time_source().now();
    if (*after.since >= *after.until)
        throw std::invalid_argument("--since must be before now");
    auto before = options.before.read("before-");
    if (!before.until)
        before.until = after.since;
    if (!before.since)
        before.since = *before.until - (*after.until - *after.since);
    if (!is_writable(*before.since))
        throw std::invalid_argument("a span that is as long would begin before the year 0; give --before-since");
    check_span("--before-since", before.since, "--since", before.until);
    read_store(options.store, version_with_times, [&](session& sql) {
        tag_query query(sql);
        auto const old_tags = summed(query, before);
        data_output output;
        output.write(navigator_layer(old_tags, summed(query, after), attack_table::enterprise()));
        output.flush();
    });
    return exit_code::ok;
}

exit_code report(report_options const& options) {
    if (options.store.empty())
        throw CLI::RequiredError("--store");
    auto which = options.span.read("");
    which.with_retracted = options.retracted;
    read_store(options.store, options.retracted ? version_with_retractions : version_with_times,
               [&](session& sql) { write_report(sql, options, which); });
    return exit_code::ok;
}

void add_report_diff(CLI::App& report, exit_code& result) {
    auto const options = std::make_shared<change_options>();
    auto* const command = report.add_subcommand(
        "diff", "Write the change in the number of tags of each technique between two spans, as a layer");
    require_options_behind(*command, report);
    add_store_option(*command, options->store)->required();
    command->add_option("--since", options->after.since, "Begin of the span: 7d (ago), or 2026-12-01T10:00Z")
        ->required();
    command->add_option("--until", options->after.until, "End of the span; default: now");
    command->add_option("--before-since", options->before.since,
                        "Begin of the earlier span; default: both are equally long");
    command->add_option("--before-until", options->before.until, "End of the earlier span; default: --since");
    command->footer(
        "A layer 4.5 for the ATT&CK Navigator, on standard output: red is seen more often, green less often.\n"
        "Example: rulehost report diff --store sqlite:var/rulehost.db --since 7d > layer.json");
    command->callback([options, &result] { result = report_change(*options); });
}

} // namespace

void add_report(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<report_options>();
    auto* const command = program.add_subcommand(
        "report", "Write the tags of a store as a page, a layer or a table, or for STIX and MISP");
    add_store_option(*command, options->store); // required, but not by `report diff`
    command->add_option("--since", options->span.since,
                        "Only what happened since: 7d (ago), or 2026-12-01T10:00Z; default: all");
    command->add_option("--until", options->span.until, "Only what happened before: 1h (ago), or 2026-12-01T11:00Z");
    command->add_option("--format", options->format, "html, navigator, csv, stix or misp")
        ->check(is_one_of({"html", "navigator", "csv", "stix", "misp"}))
        ->capture_default_str();
    command->add_option("--sessions", options->sessions, "Number of sessions that html shows step by step")
        ->transform(as_number(std::size_t{0}, std::size_t{100}))
        ->capture_default_str();
    command->add_flag("--retracted", options->retracted, "With tags that were retracted");
    command->footer(
        "html is one page without scripts, for a browser or paper; navigator is a layer 4.5 for the ATT&CK\n"
        "Navigator; csv has a tag a row, in which no spreadsheet finds a formula; stix is a bundle of STIX 2.1 and "
        "misp\n"
        "an event of MISP, with the addresses and their techniques. It goes to standard output.\n"
        "Example: rulehost report --store sqlite:var/rulehost.db --since 7d > report.html");
    add_report_diff(*command, result);
    command->callback([command, options, &result] {
        if (command->get_subcommands().empty())
            result = report(*options);
    });
}

} // namespace rulehost::cli
