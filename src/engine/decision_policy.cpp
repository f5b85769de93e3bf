#include "engine/decision_policy.hpp"

#include "match/value/glob.hpp"
#include "rule/decision_terms.hpp"

#include <algorithm>

namespace rulehost {

namespace {

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

bool permits(decision_policy::grant const& each, decision const& made, std::string_view author) {
    auto const is_granted = [&](std::string const& asked) {
        return std::ranges::any_of(each.rules, [&](auto const& granted) { return is_within(asked, granted); });
    };
    return std::ranges::any_of(each.by, [&](auto const& glob) { return fits(glob, author); }) &&
        (each.effects.empty() || std::ranges::find(each.effects, made.effect) != each.effects.end()) &&
        (each.rules.empty() || std::ranges::all_of(made.rules, is_granted));
}

bool is_permitted(decision_policy const& policy, decision const& made, std::string_view author) {
    return policy.grants_line == 0 ||
        std::ranges::any_of(policy.grants, [&](auto const& each) { return permits(each, made, author); });
}

std::string at(decision_policy const& policy, std::size_t line, std::string_view key) {
    return policy.path + ":" + std::to_string(line) + ": decisions." + std::string(key) + " ";
}

std::string subject_of(decision const& made) {
    std::string text(to_string(made.effect));
    for (auto const& each : made.rules)
        text += " " + each;
    return text;
}

} // namespace

std::optional<std::string> refusal(decision_policy const& policy, decision const& wanted, time_point now) {
    if (policy.reason_line != 0 && wanted.reason.empty())
        return at(policy, policy.reason_line, "require_reason") + "asks for a reason: --reason";
    if (policy.ticket_line != 0 && wanted.ticket.empty())
        return at(policy, policy.ticket_line, "require_ticket") + "asks for a ticket: --ticket";
    if (policy.duration_line != 0) {
        auto const limit =
            at(policy, policy.duration_line, "max_duration") + "is " + format_duration(policy.max_duration) + ": ";
        if (!wanted.ends_at)
            return limit + "a decision needs an end, by --for or --until";
        auto const lasts = *wanted.ends_at - std::max(now, wanted.starts_at.value_or(now));
        if (lasts > policy.max_duration)
            return limit + "a decision of " + format_roughly(lasts) + " is too long";
    }
    if (!is_permitted(policy, wanted, wanted.set_by))
        return at(policy, policy.grants_line, "allow") + "does not let " + wanted.set_by + " " + subject_of(wanted);
    return std::nullopt;
}

std::optional<std::string> refusal_of_state(decision_policy const& policy, decision const& wanted, time_point now) {
    if (policy.ticket_line != 0)
        return at(policy, policy.ticket_line, "require_ticket") +
            "asks for a ticket, and a state has none: `state disable` and `state clip` take --ticket, but not with "
            "--replace or --if-revision";
    return refusal(policy, wanted, now);
}

std::optional<std::string> refusal_to_end(decision_policy const& policy, decision const& made,
                                          std::string_view author) {
    if (is_permitted(policy, made, author))
        return std::nullopt;
    return at(policy, policy.grants_line, "allow") + "does not let " + std::string(author) + " " + subject_of(made) +
        ", nor end decision " + std::to_string(made.id);
}

} // namespace rulehost
