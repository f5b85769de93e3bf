#include "cli/tag_choice.hpp"

#include "cli/one_shot.hpp"
#include "cli/rules/rule_choice.hpp"
#include "cli/tag_store.hpp"
#include "cli/value_checks.hpp"

#include <rulehost/attack_table.hpp>
#include <rulehost/diagnostic.hpp>

#include <CLI/CLI.hpp>

#include <iostream>
#include <stdexcept>
#include <utility>

namespace rulehost::cli {

namespace {

/// The rule that is named by its id or its name, present also where only its tags are; a hint on standard error when it has no
/// tag. A deleted rule has tags, but no name any more.
rule_choice rule_of_tags(session& sql, std::string const& store, std::string const& typed, bool with_retracted) {
    auto has_tags = [query = tag_query(sql), with_retracted](std::string const& rule_id) mutable {
        tag_filter of_rule;
        of_rule.rule_id = rule_id;
        of_rule.with_retracted = with_retracted;
        return !query.page(of_rule, tag_query::order::newest_first, nullptr, 1).empty();
    };
    rule_choice choice;
    if (has_tags(typed)) {
        choice.rule_id = typed;
        choice.is_present = true;
        return choice;
    }
    run_on_database(store, database_access::read,
                    [&](database_rule_store& from, time_source&) -> boost::asio::awaitable<exit_code> {
                        choice = co_await choose_rule(from, typed);
                        co_return exit_code::ok;
                    });
    if (!choice.is_present || !has_tags(choice.rule_id))
        std::cerr << "rulehost: "
                  << escape_for_terminal(choice.is_present ? "rule " + choice.rule_id + " has no tag"
                                                           : choice.absence("`rulehost rules list` names them all"))
                  << '\n';
    return choice;
}

/// Throws std::invalid_argument for a malformed id of a technique. Prints a hint for an unknown id, which an
/// older tag may have.
void check_technique(std::string const& typed) {
    auto const& attack = attack_table::enterprise();
    if (attack.find_technique(typed))
        return;
    auto meant = attack.named(typed);
    std::erase_if(meant, [](std::string const& id) { return id.starts_with("TA"); });
    auto const is_id =
        typed.size() > 1 && typed.front() == 'T' && typed.find_first_not_of("0123456789.", 1) == typed.npos;
    if (meant.empty() && (is_id || typed.starts_with('t')))
        meant = attack.similar(typed);
    std::string advice;
    for (auto const& each : meant)
        advice += (advice.empty() ? "; did you mean " : " or ") + each;
    if (!advice.empty())
        advice += '?';
    if (!is_id)
        throw std::invalid_argument("--technique: takes an id such as T1059 or T1059.004, not '" + typed + "'" +
                                    advice);
    std::cerr << "rulehost: ATT&CK " << attack.release() << " has no technique " << typed << advice << '\n';
}

} // namespace

void add_tag_choice(CLI::App& command, tag_choice& choice) {
    auto const add = [&](std::string const& name, std::string& value, std::string const& what) {
        auto const is_given = [](std::string const& text) { return text.empty() ? "takes no empty text" : ""; };
        command.add_option(name, value, what)->check(CLI::Validator(is_given, "")); // what is empty is not asked for
    };
    add("--since", choice.since, "Only what happened since: 24h (ago), or 2026-12-01T10:00Z");
    add("--until", choice.until, "Only what happened before: 1h (ago), or 2026-12-01T11:00Z");
    add("--session", choice.which.session_id, "Only this session");
    add("--attacker", choice.which.attacker_uuid, "Only this attacker_uuid");
    add("--sensor", choice.which.sensor, "Only of this sensor (decky_id)");
    add("--src", choice.source, "Only from this address or network: 10.0.0.0/8");
    add("--technique", choice.which.technique,
        "Only this technique, with its sub-techniques, or sub-technique: T1059, T1059.004");
    add("--rule", choice.which.rule_id, "Only of this rule: its id or name");
    command.add_option("--min-confidence", choice.which.min_confidence, "Only this confident or more, 0 to 1")
        ->check(is_confidence());
}

void read_tag_choice(tag_choice& choice) {
    if (!choice.which.technique.empty())
        check_technique(choice.which.technique);
    if (!choice.since.empty())
        choice.which.since = past_time_given("--since", choice.since);
    if (!choice.until.empty())
        choice.which.until = time_given("--until", choice.until);
    check_span("--since", choice.which.since, "--until", choice.which.until);
    if (choice.source.empty())
        return;
    choice.which.source = address_range::parse(choice.source);
    if (!choice.which.source)
        throw std::invalid_argument("--src: takes an address or a network such as 10.0.0.0/8, not '" + choice.source +
                                    "'");
}

bool find_rule_of(tag_choice& choice, session& sql, std::string const& store) {
    if (choice.which.rule_id.empty())
        return true;
    auto found = rule_of_tags(sql, store, choice.which.rule_id, choice.which.with_retracted);
    choice.which.rule_id = std::move(found.rule_id);
    return found.is_present;
}

} // namespace rulehost::cli
