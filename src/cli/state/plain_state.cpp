#include "cli/rules/rule_choice.hpp"
#include "cli/selector_words.hpp"
#include "cli/state/state_options.hpp"
#include "cli/state/state_text.hpp"
#include "cli/store/history_record.hpp"
#include "cli/terminal.hpp"
#include "engine/decision_index.hpp"
#include "time/whole_seconds.hpp"

#include <rulehost/rule_store.hpp>

#include <algorithm>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

/// The options with the id of the rule that was named.
state_options about(rule_choice const& choice, state_options options) {
    if (choice.rule_id != options.rule_id)
        say("'" + options.rule_id + "' is the name of " + choice.rule_id);
    options.rule_id = choice.rule_id;
    return options;
}

/// A misspelt id is refused at once, not noticed at the next alarm.
exit_code refuse(rule_choice const& choice) {
    complain(choice.absence("nothing was changed; --ahead decides about a rule that is still to come"));
    return exit_code::findings;
}

void print(rule_state const& state, time_point now, state_options const& options) {
    decision_listing rows(options, now);
    rows.add(options.rule_id, state);
    rows.finish();
}

/// A decision that stands and that another one must not replace unasked.
bool is_protected(rule_state const& standing, state_options const& options) {
    return !options.expected && standing != rule_state() && standing.set_by != options.author.by;
}

std::string standing_text(std::string const& rule_id, std::string const& verb, rule_state const& standing) {
    return rule_id + verb + state_text(standing) + " by " + (standing.set_by.empty() ? "somebody" : standing.set_by) +
        (standing.expires_at ? " until " + whole_seconds(*standing.expires_at) : " without an end") +
        (standing.reason.empty() ? "" : " (" + standing.reason + ")");
}

exit_code refuse(rule_state const& standing, time_point now, state_options const& options) {
    print(standing, now, options);
    complain(standing_text(options.rule_id, " is ", standing) +
             "; nothing was changed; --replace replaces that decision");
    return exit_code::findings;
}

exit_code refuse(state_conflict const& conflict, time_point now, state_options const& options) {
    print(conflict.current, now, options);
    complain(std::string{conflict.what()} + "; look at it, then repeat with --if-revision " +
             std::to_string(conflict.current.revision));
    return exit_code::findings;
}

/// The decisions besides the state that name exactly the rule.
asio::awaitable<std::vector<decision>> further_decisions(database_rule_store& store, std::string rule_id) {
    auto const all = co_await store.list_decisions();
    std::vector<decision> found;
    for (auto const& [id, each] : all)
        if (each.rules == std::vector{rule_id})
            found.push_back(each);
    co_return found;
}

/// A decision of `all` that is somebody else's, which only --replace ends; null: there is none.
decision const* protected_one(std::vector<decision> const& all, state_options const& options) {
    auto const found =
        std::ranges::find_if(all, [&](decision const& each) { return each.set_by != options.author.by; });
    return found == all.end() || options.replace ? nullptr : &*found;
}

exit_code refuse(decision const& standing, std::string const& rule_id) {
    complain("about " + rule_id + ", " + mention_of(standing) +
             " stands; nothing was changed; `state undo ID` ends one decision, --replace all of them");
    return exit_code::findings;
}

/// The newest decision about the rule: its id, or the revision of the state; 0: there is none.
revision newest_of(rule_state const& before, std::vector<decision> const& further) {
    auto newest = before.revision;
    for (auto const& each : further)
        newest = std::max(newest, each.id);
    return newest;
}

/// The revision of the state that a change replaces. --if-revision that names a further decision was checked before.
revision guard_of(rule_state const& before, std::vector<decision> const& further, state_options const& options) {
    bool const names_state = newest_of(before, further) == before.revision;
    return names_state ? options.expected.value_or(before.revision) : before.revision;
}

/// Where --if-revision names another decision than the newest, says so.
std::optional<exit_code> refuse_unseen(rule_state const& before, std::vector<decision> const& further,
                                       state_options const& options) {
    auto const newest = newest_of(before, further);
    if (!options.expected || *options.expected == newest || newest == before.revision)
        return std::nullopt; // the store itself guards the state
    for (auto const& each : further)
        if (each.id == newest)
            complain("the newest about " + options.rule_id + " is " + mention_of(each) +
                     "; nothing was changed; look at it, then repeat with --if-revision " + std::to_string(newest));
    return exit_code::findings;
}

/// Where the policy keeps the author from ending what stands, says so.
std::optional<exit_code> refuse_by_policy(rule_state const& before, std::vector<decision> ended,
                                          state_options const& options) {
    if (auto made = as_decision(options.rule_id, before))
        ended.push_back(*std::move(made));
    for (auto const& each : ended)
        if (auto const why = refusal_to_end(options.author.policy, each, options.author.by)) {
            complain(*why);
            return exit_code::findings;
        }
    return std::nullopt;
}

/// Where somebody else decided, and neither --replace nor --if-revision is given: says so.
std::optional<exit_code> refuse_others(rule_state const& before, std::vector<decision> const& further, time_point now,
                                       state_options const& options) {
    if (auto const refused = refuse_unseen(before, further, options))
        return refused;
    if (auto const refused = refuse_by_policy(before, further, options))
        return refused;
    if (is_protected(before, options) && !options.replace)
        return refuse(before, now, options);
    if (auto const* const other = protected_one(further, options); other && !options.expected)
        return refuse(*other, options.rule_id);
    return std::nullopt;
}

/// Ends those that are not protected, once the state is written.
asio::awaitable<void> end_all(database_rule_store& store, std::vector<decision> const& all,
                              state_options const& options) {
    for (auto const& each : all) {
        if (each.set_by != options.author.by && !options.replace) {
            say("still stands: " + mention_of(each));
            continue;
        }
        auto const ended = co_await store.end_decision(each.id, options.author.by);
        if (ended)
            say("ended " + mention_of(*ended));
    }
}

/// Names the decisions about several rules that still lower this one.
asio::awaitable<void> say_what_holds(database_rule_store& store, std::string rule_id) {
    auto const all = co_await store.list_decisions();
    auto const snapshot = co_await store.load_compiled();
    auto const rule = find_rule(snapshot.rules, rule_id);
    if (!rule)
        co_return;
    for (auto const& [id, each] : all)
        if (each.rules != std::vector{rule_id} && selects(each, rule->definition()))
            say(rule_id + ": still stands: " + mention_of(each));
}

} // namespace

asio::awaitable<exit_code> set_plain(database_rule_store& store, state_options const& given) {
    auto const choice = co_await choose_rule(store, given.rule_id);
    auto const options = about(choice, given);
    if (!choice.is_present && selects_several(as_selector(options.rule_id))) {
        complain("'" + options.rule_id + "' is not a rule; `state disable` takes techniques, tactics and globs");
        co_return exit_code::usage;
    }
    if (!choice.is_present && !options.ahead)
        co_return refuse(choice);
    // By the clock that the expiry will go by, not by that of the operator's machine.
    auto const now = co_await store.clock();
    if (options.until && *options.until <= now) {
        complain("--until must lie in the future; now it is " + whole_seconds(now));
        co_return exit_code::usage;
    }
    rule_state wanted(options.status);
    wanted.confidence_max = options.confidence_max;
    wanted.expires_at = options.lasts ? now + options.lasts->length : options.until;
    wanted.reason = options.reason;
    auto const damaged = co_await damage(store, options.rule_id);
    if (auto asked = as_decision(options.rule_id, wanted)) {
        asked->set_by = options.author.by;
        if (auto const why =
                refusal_of_state(options.author.policy, *asked, now, options.lasts ? options.lasts->text : "")) {
            complain(*why);
            co_return exit_code::findings;
        }
    }
    auto const further = co_await further_decisions(store, options.rule_id);
    for (std::optional<rule_state> stored; !stored;) {
        // Only the state that was shown is replaced: if somebody has decided since, look again.
        auto const before = co_await store.get_state(options.rule_id);
        if (auto const refusal = refuse_others(before, further, now, options))
            co_return *refusal;
        if (wanted.status == rule_status::enabled && before == rule_state() && further.empty() && damaged.empty()) {
            say("nothing is decided about " + options.rule_id + " alone; nothing was changed");
            stored = before;
            print(*stored, now, options);
            break;
        }
        try {
            stored = co_await store.set_state(options.rule_id, wanted, options.author.by,
                                              guard_of(before, further, options));
        } catch (state_conflict const& conflict) {
            if (options.expected)
                co_return refuse(conflict, now, options);
            continue;
        } catch (invalid_state const& invalid) {
            complain(invalid.what());
            co_return exit_code::usage;
        }
        if (is_protected(before, options))
            say("replaced: " + standing_text(options.rule_id, " was ", before));
        print(*stored, now, options);
        co_await end_all(store, further, options);
    }
    if (wanted.status != rule_status::enabled && !wanted.expires_at)
        say(options.rule_id + " stays " + state_text(wanted) +
            " until somebody changes that; with --for 4h it ends by itself");
    if (!choice.is_present)
        say(choice.absence("the state waits for it"));
    if (wanted.status == rule_status::enabled)
        co_await say_what_holds(store, options.rule_id);
    co_return exit_code::ok;
}

asio::awaitable<exit_code> clear(database_rule_store& store, state_options const& given) {
    auto const choice = co_await choose_rule(store, given.rule_id);
    auto const options = about(choice, given);
    auto const now = co_await store.clock();
    auto const damaged = co_await damage(store, options.rule_id);
    auto const further = co_await further_decisions(store, options.rule_id);
    for (;;) {
        // Only the state that is reported is cleared: if somebody has decided since, look again.
        auto const before = co_await store.get_state(options.rule_id);
        bool const is_decided = before != rule_state() || !damaged.empty() || !further.empty();
        if (!choice.is_present && !is_decided && !options.ahead)
            co_return refuse(choice);
        if (auto const refusal = refuse_others(before, further, now, options))
            co_return *refusal;
        std::optional<revision> expected = guard_of(before, further, options);
        if (!damaged.empty())
            expected = options.expected;
        try {
            auto stands = co_await store.clear_state(options.rule_id, options.author.by, expected);
            if (before != rule_state() || !damaged.empty())
                stands.revision = co_await revision_of_clearing(store, options.rule_id, before.revision);
            print(stands, now, options);
        } catch (state_conflict const& conflict) {
            if (options.expected)
                co_return refuse(conflict, now, options);
            continue;
        } catch (invalid_state const& invalid) {
            complain(invalid.what());
            co_return exit_code::usage;
        }
        if (!is_decided)
            say(options.rule_id + " had no state; nothing was changed");
        else if (is_protected(before, options))
            say("cleared: " + standing_text(options.rule_id, " was ", before));
        else if (auto const ended = as_decision(options.rule_id, before); ended && !further.empty())
            say("ended " + mention_of(*ended));
        co_await end_all(store, further, options);
        co_await say_what_holds(store, options.rule_id);
        co_return exit_code::ok;
    }
}

} // namespace rulehost::cli
