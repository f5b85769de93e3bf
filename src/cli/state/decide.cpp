#include "cli/input_options.hpp"
#include "cli/state/asked_decision.hpp"
#include "cli/state/extension_finder.hpp"
#include "cli/state/state_options.hpp"
#include "cli/state/state_text.hpp"
#include "cli/terminal.hpp"
#include "cli/withheld.hpp"
#include "engine/decision_index.hpp"
#include "rule/confidence_floor.hpp"
#include "time/whole_seconds.hpp"

#include <rulehost/rule_store.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

/// A time with its zone, or how long it is until then.
std::optional<time_point> start_of(state_options const& options, time_point now) {
    if (options.starts.empty())
        return {};
    if (auto const later = parse_duration(options.starts))
        return now + *later;
    auto const start = zoned_time("--from", options.starts);
    if (start < now)
        throw std::invalid_argument("--from must lie in the future; now it is " + whole_seconds(now));
    return start;
}

std::string_view typed_length(state_options const& options) {
    return options.lasts ? std::string_view(options.lasts->text) : std::string_view();
}

/// Whether the time of a decision can hold; says what is wrong.
bool is_possible(decision const& wanted, time_point now) {
    if (has_ended(wanted, now)) {
        complain("the end must lie in the future; now it is " + whole_seconds(now));
        return false;
    }
    if (auto const why = why_invalid(wanted); !why.empty()) {
        complain(why);
        return false;
    }
    return true;
}

void say_what_stays(decision const& made) {
    if (!made.ends_at)
        say("decision " + std::to_string(made.id) + " stays until somebody ends it; with --for 4h it ends by itself");
    if (made.effect == decision_effect::clip && *made.confidence_max < default_confidence_floor)
        say("a confidence below the floor of 0.3 is never a tag: unless the host's 'confidence_floor' is lower, this "
            "disables the rule");
}

/// An operator who waits for the notice of an end must not wait for one that never comes.
void say_without_notice(decision const& made, time_point now, decision_policy const& policy) {
    auto const begin = std::max(now, made.starts_at.value_or(now));
    if (made.ends_at && policy.notice > duration::zero() && *made.ends_at - begin <= policy.notice)
        say("the end of decision " + std::to_string(made.id) + " is not announced: that is done " +
            format_duration(policy.notice) + " before, for longer decisions only");
}

/// The decisions of `all` about rules that `made` is about as well.
asio::awaitable<std::vector<decision>> beside(database_rule_store& store, decision const& made) {
    auto all = co_await standing_decisions_in(store);
    std::erase_if(all, [&](decision const& each) { return each.id == made.id; });
    if (std::ranges::all_of(all, [&](decision const& each) { return each.rules == made.rules; }))
        co_return all; // without reading every rule
    auto const snapshot = co_await store.load_compiled();
    std::erase_if(all, [&](decision const& each) {
        return each.rules != made.rules && std::ranges::none_of(snapshot.rules, [&](compiled_rule_ptr const& rule) {
                   return selects(each, rule->definition()) && selects(made, rule->definition());
               });
    });
    co_return all;
}

} // namespace

asio::awaitable<asked_decision> read_asked_decision(database_rule_store& store, state_options const& options) {
    asked_decision asked;
    // By the clock that the end will go by, not by that of the operator's machine.
    asked.now = co_await store.clock();
    auto consequence =
        std::string(options.ahead ? "the decision waits for it"
                                  : "nothing was changed; --ahead decides about a rule that is still to come");
    try {
        asked.chosen = co_await select(store, options.words, options.scope, std::move(consequence));
        asked.wanted = decision(options.effect, asked.chosen.selectors);
        asked.wanted.starts_at = start_of(options, asked.now);
    } catch (std::invalid_argument const& problem) {
        complain(problem.what());
        asked.result = exit_code::usage;
        co_return asked;
    }
    for (auto const& each : asked.chosen.notes)
        say(each);
    if (!asked.chosen.absent.empty() && !options.ahead) {
        for (auto const& each : asked.chosen.absent)
            complain(each);
        asked.result = exit_code::findings;
        co_return asked;
    }
    auto& wanted = asked.wanted;
    wanted.scope = asked.chosen.scope;
    wanted.confidence_max = options.confidence_max;
    wanted.ends_at = options.lasts ? wanted.starts_at.value_or(asked.now) + options.lasts->length : options.until;
    wanted.reason = options.reason;
    wanted.ticket = options.author.ticket;
    wanted.set_by = options.author.by;
    if (!is_possible(wanted, asked.now)) {
        asked.result = exit_code::usage;
    } else if (auto const why = policy_violation(options.author.policy, wanted, asked.now, typed_length(options))) {
        complain(*why);
        asked.result = exit_code::findings;
    }
    co_return asked;
}

asio::awaitable<exit_code> decide(database_rule_store& store, state_options const& options) {
    auto const asked = co_await read_asked_decision(store, options);
    if (asked.result != exit_code::ok)
        co_return asked.result;
    decision made;
    try {
        made = co_await store.decide(asked.wanted);
    } catch (invalid_state const& problem) {
        complain(problem.what());
        co_return exit_code::usage;
    }
    decision_listing rows(options, asked.now);
    rows.add(made);
    rows.finish();
    say_what_stays(made);
    say_without_notice(made, asked.now, options.author.policy);
    auto const others = co_await beside(store, made);
    for (auto const& each : others)
        say("beside " + mention_of(each));
    for (auto const& each : asked.chosen.absent)
        say(each);
    co_return exit_code::ok;
}

asio::awaitable<exit_code> extend(database_rule_store& store, state_options const& options) {
    auto const now = co_await store.clock();
    std::vector<decision> standing;
    for (auto const id : options.ids) {
        auto found = co_await find_last(store, id);
        if (!found) {
            complain_of_absence(id);
            co_return exit_code::findings;
        }
        found->ends_at =
            options.lasts ? std::max(now, found->starts_at.value_or(now)) + options.lasts->length : options.until;
        if (!is_possible(*found, now))
            co_return exit_code::usage;
        found->set_by = options.author.by;
        if (!options.reason.empty())
            found->reason = options.reason;
        if (!options.author.ticket.empty())
            found->ticket = options.author.ticket;
        if (auto const why = policy_violation(options.author.policy, *found, now, typed_length(options))) {
            complain(*why);
            co_return exit_code::findings;
        }
        standing.push_back(*std::move(found));
    }
    auto result = exit_code::ok;
    decision_listing rows(options, now);
    for (auto const& each : standing) {
        // In this order, so that at no time neither of them stands.
        auto const made = co_await store.decide(each);
        auto const former = co_await store.end_decision(each.id, options.author.by);
        if (!former) {
            co_await store.end_decision(made.id, options.author.by);
            complain("somebody else ended or extended decision " + std::to_string(each.id) +
                     " meanwhile; it is left so");
            result = exit_code::findings;
            continue;
        }
        hand_over_withheld(options.store, each.id, made.id);
        rows.add(made);
        auto const end_of = [](decision const& of) { return of.ends_at ? whole_seconds(*of.ends_at) : "never"; };
        bool const is_shorter = !former->ends_at || *made.ends_at < *former->ends_at;
        say("decision " + std::to_string(each.id) + " of " + former->set_by + " is decision " +
            std::to_string(made.id) + " now, and ends " + end_of(made) +
            (is_shorter ? ", EARLIER than " : " instead of ") + end_of(*former));
        say_without_notice(made, now, options.author.policy);
    }
    rows.finish();
    co_return result;
}

asio::awaitable<exit_code> undo(database_rule_store& store, state_options const& options) {
    auto ids = options.ids;
    if (ids.empty()) {
        auto all = co_await standing_decisions_in(store);
        std::erase_if(all, [&](decision const& each) { return each.set_by != options.author.by; });
        if (all.empty()) {
            complain("no decision of " + options.author.by +
                     " stands; name one: `rulehost state list` shows their ids");
            co_return exit_code::findings;
        }
        ids.push_back(all.back().id);
    }
    auto const now = co_await store.clock();
    auto result = exit_code::ok;
    decision_listing rows(options, now);
    for (auto const named : ids) {
        auto const standing = co_await find_last(store, named);
        auto const id = standing ? standing->id : named; // a damaged one is not found
        if (auto const why =
                standing ? refusal_to_end(options.author.policy, *standing, options.author.by) : std::nullopt) {
            complain(*why);
            result = exit_code::findings;
            continue;
        }
        auto const ended = co_await store.end_decision(id, options.author.by);
        if (!ended) {
            complain_of_absence(id);
            result = exit_code::findings;
            continue;
        }
        if (ended->rules.empty()) {
            say("removed decision " + std::to_string(id) + ", which was damaged");
            continue;
        }
        rows.add_ended(*ended, now, options.author.by);
        auto const others = co_await beside(store, *ended);
        say("ended " + mention_of(*ended) + (others.empty() ? "; nothing else is decided about its rules" : ""));
        for (auto const& each : others)
            say("still stands: " + mention_of(each));
    }
    rows.finish();
    co_return result;
}

} // namespace rulehost::cli
