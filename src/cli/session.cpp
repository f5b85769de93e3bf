#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/tag_store.hpp"
#include "cli/terminal.hpp"
#include "cli/value_checks.hpp"
#include "report/report_data.hpp"
#include "sql/tag_query.hpp"
#include "text/plural.hpp"
#include "time/whole_seconds.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rulehost::cli {

namespace {

struct session_command_options {
    std::string store;
    std::string id;
    std::size_t limit = 1000;
    bool retracted = false;
    bool json = false;
};

session_story story_of(session& sql, session_command_options const& options) {
    tag_query query(sql);
    tag_filter which;
    which.session_id = options.id;
    which.with_retracted = options.retracted;
    story_builder builder({}, options.limit);
    for_each_step(sql, options.id, [&](event_step const& said) { return builder.add(said); });
    for_each_page(query, which, [&](std::vector<stored_tag> const& page) {
        return std::ranges::all_of(page, [&](stored_tag const& each) {
            return builder.add(each.value, each.happened_at, each.retracted.has_value());
        });
    });
    return builder.take();
}

/// findings: the store has nothing of the session.
exit_code print(session_story const& story, session_command_options const& options) {
    data_output output;
    listing steps(output, listing::form_of(options.json),
                  {time_column("TIME"), "KIND", text_column("TYPED"), "TECHNIQUES"});
    for (auto const& step : story.steps) {
        std::map<std::string, std::string> techniques; // with their marks; one tag without a mark counts
        boost::json::array tags;
        for (auto const& each : step.found) {
            auto const marks = each.marks.text();
            auto const [known, is_new] = techniques.emplace(each.technique, marks);
            if (!is_new && marks.empty())
                known->second.clear();
            tags.push_back({{"technique_id", each.technique},
                            {"rule_id", each.rule_id},
                            {"confidence", each.confidence},
                            {"retracted", each.marks.retracted},
                            {"observe", each.marks.observed},
                            {"undecided", each.marks.undecided}});
        }
        std::string names;
        for (auto const& [technique, marks] : techniques)
            names += (names.empty() ? "" : " ") + technique + (marks.empty() ? "" : " (" + marks + ")");
        steps.add({whole_seconds(step.at), step.kind, step.typed, names},
                  {{"happened_at", format_time(step.at)},
                   {"source_kind", step.kind},
                   {"source_id", step.source_id},
                   {"typed", step.typed},
                   {"tags", std::move(tags)}});
    }
    steps.finish();
    output.flush();
    if (story.steps.empty()) {
        complain("the store has nothing of session " + options.id + "; `rulehost tags` shows sessions that it has");
        return exit_code::findings;
    }
    if (!story.has_untagged)
        std::cerr << "rulehost: tagged steps only: the store keeps no other ones of this session\n";
    if (story.is_cut)
        std::cerr << "rulehost: the first " << plural(story.steps.size(), "step") << "; --limit shows more\n";
    return exit_code::ok;
}

} // namespace

void add_session(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<session_command_options>();
    auto* const command = program.add_subcommand("session", "Show a session step by step, tagged or not");
    add_store_option(*command, options->store)->required();
    command->add_option("SESSION", options->id, "The session's id, as `rulehost tags` shows it")->required();
    command->add_option("--limit", options->limit, "Number of steps, the first ones")
        ->transform(as_number(std::size_t{1}, std::size_t{100'000}))
        ->capture_default_str();
    command->add_flag("--retracted", options->retracted, "With tags that were retracted");
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer("A table on a terminal, else NDJSON, a step a line. Texts are kept for `step_retention` (7 days).\n"
                    "Exit code 1: the store has nothing of the session.\n"
                    "Example: rulehost session --store sqlite:var/rulehost.db 1a59d85e627b");
    command->callback([options, &result] {
        read_store(options->store, options->retracted ? version_with_retractions : version_with_times,
                   [&](session& sql) { result = print(story_of(sql, *options), *options); });
    });
}

} // namespace rulehost::cli
