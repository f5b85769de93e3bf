#include "engine/decision_policy.hpp"

#include "match/value/glob.hpp"
#include "rule/decision_terms.hpp"

#include <algorithm>
#include <iterator>

namespace rulehost {

namespace {

constexpr operator_act every_act[] = {operator_act::disable, operator_act::clip, operator_act::observe,
                                      operator_act::rollback, operator_act::retract};

bool fits(std::string_view glob, std::string_view text) {
    glob_set set;
    set.add(glob, glob_set::letter_case::exact);
    set.finish();
    return set.fits(text);
}

/// Whether everything that `asked` selects is selected by `granted` too. Answers no for two globs unless the granted one only
/// ends with a `*`.
bool is_within(std::string const& asked, std::string const& granted) {
    if (granted == "*" || asked == granted)
        return true;
    auto const of = read_selector(asked);
    auto const by = read_selector(granted);
    using kind = rule_selector::kind;
    if (by.by == kind::technique)
        return of.by == kind::technique && of.text.starts_with(by.text + ".");
    if (by.by != kind::id_glob)
        return false;
    if (of.by == kind::id)
        return fits(by.text, of.text);
    return of.by == kind::id_glob && by.text.find_first_of("*?") == by.text.size() - 1 && by.text.ends_with('*') &&
        of.text.starts_with(std::string_view(by.text).substr(0, by.text.size() - 1));
}

bool is_about(decision_policy::grant const& each, std::string_view author) {
    return std::ranges::any_of(each.by, [&](auto const& glob) { return fits(glob, author); });
}

bool permits(decision_policy::grant const& each, asked_act const& asked) {
    auto const is_granted = [&](std::string const& selector) {
        return std::ranges::any_of(each.rules, [&](auto const& granted) { return is_within(selector, granted); });
    };
    return is_about(each, asked.author) &&
        (each.acts.empty() || std::ranges::find(each.acts, asked.what) != each.acts.end()) &&
        (each.rules.empty() || std::ranges::all_of(asked.rules, is_granted));
}

bool is_permitted(decision_policy const& policy, asked_act const& asked) {
    return policy.grants_line == 0 ||
        std::ranges::any_of(policy.grants, [&](auto const& each) { return permits(each, asked); });
}

asked_act act_of(decision const& made, std::string_view author) {
    auto const what = made.effect == decision_effect::disable ? operator_act::disable
        : made.effect == decision_effect::clip                ? operator_act::clip
                                                              : operator_act::observe;
    return {
        .what = what, .rules = made.rules, .reason = made.reason, .ticket = made.ticket, .author = std::string(author)};
}

std::string at(decision_policy const& policy, std::size_t line, std::string_view key) {
    return policy.path + ":" + std::to_string(line) + ": decisions." + std::string(key) + " ";
}

std::string_view verb_of(operator_act what) {
    return what == operator_act::rollback ? "roll back"
        : what == operator_act::retract   ? "retract tags of"
                                          : to_string(what);
}

/// `a, b or c`.
template <class Texts>
std::string alternatives(Texts const& texts) {
    std::string all;
    for (std::size_t i = 0; i != texts.size(); ++i)
        all.append(i == 0 ? "" : i + 1 == texts.size() ? " or " : ", ").append(texts[i]);
    return all;
}

/// `disable R0018 R02*`.
std::string text_of(asked_act const& asked) {
    std::string text(verb_of(asked.what));
    for (auto const& each : asked.rules)
        text += each == "*" ? " every rule" : " " + each;
    return text;
}

/// `clip or observe every rule`.
std::string text_of(decision_policy::grant const& each) {
    std::vector<std::string_view> verbs;
    for (auto const act : every_act)
        if (std::ranges::find(each.acts, act) != each.acts.end())
            verbs.push_back(verb_of(act));
    return (verbs.empty() ? "do anything to" : alternatives(verbs)) + " " +
        (each.rules.empty() ? "every rule" : alternatives(each.rules));
}

/// `does not let ops-1 disable R0018; it lets ops-1 disable R02*; clip or observe every rule`.
std::string forbids(decision_policy const& policy, asked_act const& asked) {
    std::string permitted;
    for (auto const& each : policy.grants)
        if (is_about(each, asked.author))
            permitted += (permitted.empty() ? " " : "; ") + text_of(each);
    return at(policy, policy.grants_line, "allow") + "does not let " + asked.author + " " + text_of(asked) +
        (permitted.empty() ? "; it names no act for " + asked.author : "; it lets " + asked.author + permitted);
}

} // namespace

std::string_view to_string(operator_act what) {
    switch (what) {
    case operator_act::disable:
        return "disable";
    case operator_act::clip:
        return "clip";
    case operator_act::observe:
        return "observe";
    case operator_act::rollback:
        return "rollback";
    case operator_act::retract:
        return "retract";
    }
    return "disable";
}

std::optional<operator_act> operator_act_from(std::string_view text) {
    auto const* const found = std::ranges::find(every_act, text, [](operator_act each) { return to_string(each); });
    return found == std::end(every_act) ? std::nullopt : std::optional(*found);
}

std::optional<std::string> policy_violation(decision_policy const& policy, asked_act const& asked) {
    if (policy.reason_line != 0 && asked.reason.empty())
        return at(policy, policy.reason_line, "require_reason") + "asks for a reason to " + text_of(asked) +
            ": --reason";
    if (policy.ticket_line != 0 && asked.ticket.empty())
        return at(policy, policy.ticket_line, "require_ticket") + "asks for a ticket to " + text_of(asked) +
            ": --ticket";
    if (!is_permitted(policy, asked))
        return forbids(policy, asked);
    return std::nullopt;
}

std::optional<std::string> policy_violation(decision_policy const& policy, decision const& wanted, time_point now,
                                            std::string_view lasts) {
    auto const asked = act_of(wanted, wanted.set_by);
    if (auto refused = policy_violation(policy, asked))
        return refused;
    if (policy.duration_line == 0)
        return std::nullopt;
    auto const limit = at(policy, policy.duration_line, "max_duration") + "is " + policy.max_duration.text + ": ";
    if (!wanted.ends_at)
        return limit + text_of(asked) + " with an end, by --for or --until";
    auto const length = *wanted.ends_at - std::max(now, wanted.starts_at.value_or(now));
    if (length <= policy.max_duration.length)
        return std::nullopt;
    return limit + (lasts.empty() ? format_roughly(length) : std::string(lasts)) + " is too long to " + text_of(asked);
}

std::optional<std::string> refusal_of_state(decision_policy const& policy, decision const& wanted, time_point now,
                                            std::string_view lasts) {
    if (policy.ticket_line != 0)
        return at(policy, policy.ticket_line, "require_ticket") + "asks for a ticket to " +
            text_of(act_of(wanted, wanted.set_by)) +
            ", and a state has none: `state disable` and `state clip` take --ticket, but not with --replace or "
            "--if-revision";
    return policy_violation(policy, wanted, now, lasts);
}

std::optional<std::string> refusal_to_end(decision_policy const& policy, decision const& made,
                                          std::string_view author) {
    auto const asked = act_of(made, author);
    if (is_permitted(policy, asked))
        return std::nullopt;
    return forbids(policy, asked) + "; so decision " + std::to_string(made.id) + " stays";
}

std::optional<std::string> refusal_to_end(decision_policy const& policy, asked_act const& made) {
    return is_permitted(policy, made) ? std::nullopt : std::optional(forbids(policy, made));
}

} // namespace rulehost
