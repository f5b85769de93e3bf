#include "cli/store/moment.hpp"

#include "cli/one_shot.hpp"
#include "cli/tag_store.hpp"
#include "sql/session/schema.hpp"
#include "text/few_of.hpp"
#include "text/number.hpp"
#include "time/whole_seconds.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/time_source.hpp>

#include <CLI/CLI.hpp>

#include <cstddef>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>

namespace rulehost::cli {

namespace {

constexpr std::size_t max_doubts_named = 10;

std::string reach_of(rule_history const& history) {
    if (!history.begin())
        return "the history is empty, and only revision " + std::to_string(history.newest()) + " is known";
    return "the history begins at " + whole_seconds(*history.begin()) + " and reaches back to revision " +
        std::to_string(history.oldest());
}

store_moment moment_of(rule_history const& history, moment_options const& when) {
    if (!when.revision.empty()) {
        auto const wanted = parse_number<revision>(when.revision).value();
        require_known(history, wanted);
        return {wanted, history.time_of(wanted).value_or(history.begin().value_or(system_time_source().now()))};
    }
    auto const time = time_given("--at", when.at);
    if (time > system_time_source().now())
        throw std::runtime_error("--at " + when.at + " is still to come");
    auto const found = history.revision_at(time);
    if (!found || *found < history.oldest())
        throw std::runtime_error("--at " + when.at + " is too long ago: " + reach_of(history));
    return {*found, time};
}

} // namespace

void add_moment_options(CLI::App& command, moment_options& options) {
    auto* const at = command.add_option("--at", options.at, "As it was then: 3d (ago), or 2026-12-01T10:00Z");
    command.add_option("--revision", options.revision, "As it was at this revision of the store")
        ->transform(as_revision())
        ->excludes(at);
}

void require_store(moment_options const& when, std::string const& store) {
    if (when.is_given() && store.empty())
        throw std::invalid_argument("--at and --revision need --store: a directory has no history");
}

void read_past(std::string const& url, moment_options const& when,
               std::function<void(rule_history const&, store_moment)> const& read) {
    read_store(url, version_of_rule_tables, [&](session& sql) {
        rule_history const history(sql);
        read(history,
             when.is_given() ? moment_of(history, when) : store_moment{history.newest(), system_time_source().now()});
    });
}

void require_known(rule_history const& history, revision wanted) {
    auto const text = std::to_string(wanted);
    if (wanted > history.newest())
        throw std::runtime_error("revision " + text + " is still to come: the store is at revision " +
                                 std::to_string(history.newest()));
    if (wanted < history.oldest())
        throw std::runtime_error("revision " + text + " is too long ago: " + reach_of(history));
}

rule_history::past_text known_text(rule_history const& history, std::string const& rule_id, revision at) {
    require_known(history, at);
    auto found = history.text_of(rule_id, at);
    if (found.what == rule_history::past_text::known::unknown)
        throw std::runtime_error("the history does not tell whether the rule " + rule_id + " had a text at revision " +
                                 std::to_string(at));
    return found;
}

bool warn_of_doubts(past_contents const& past) {
    if (past.unresolved.empty())
        return false;
    std::cerr << "rulehost: warning: the history does not tell of: "
              << escape_for_terminal(few_of(past.unresolved, max_doubts_named)) << std::endl;
    return true;
}

} // namespace rulehost::cli
