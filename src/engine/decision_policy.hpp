#pragma once

#include <rulehost/decision.hpp>
#include <rulehost/time_point.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// A duration, and the text that a person wrote for it: `48h` stays `48h`.
struct written_duration {
    duration length{};
    std::string text;
};

/// An operator's act: the effect of a decision, the rollback of a rule's text, or the retraction of tags.
enum class operator_act { disable, clip, observe, rollback, retract };

std::string_view to_string(operator_act);
std::optional<operator_act> operator_act_from(std::string_view text);

/// The limits that a configuration sets to the acts of operators. Lines are of the keys in the file `path`; 0: there is
/// no such limit. A value.
struct decision_policy {
    /// Permission for some authors.
    struct grant {
        std::vector<std::string> by;    ///< names or globs
        std::vector<operator_act> acts; ///< empty: every one
        std::vector<std::string> rules; ///< selectors as in `decision::rules`; empty: every rule
    };

    std::string path; ///< only quoted
    std::size_t reason_line = 0;
    std::size_t ticket_line = 0;
    std::size_t duration_line = 0;
    written_duration max_duration;
    std::size_t grants_line = 0;
    std::vector<grant> grants;               ///< one of them must permit an act
    duration notice = std::chrono::hours{1}; ///< how long before its end a decision is announced; zero: never
};

/// An act that an author is about to do to the rules that the selectors name.
struct asked_act {
    operator_act what = operator_act::disable;
    std::vector<std::string> rules;
    std::string reason;
    std::string ticket;
    std::string author;
};

/// Why the policy refuses the act; quotes the file, line and key, the rules, and what is permitted. Empty: it does not. Pure.
std::optional<std::string> policy_violation(decision_policy const& policy, asked_act const& asked);

/// The same for the decision `wanted` of its author (`set_by`), made at `now`. `lasts`: its length as it was typed, where that is
/// known.
std::optional<std::string> policy_violation(decision_policy const& policy, decision const& wanted, time_point now,
                                            std::string_view lasts = {});

/// The same for the state of a rule, which has no ticket.
std::optional<std::string> refusal_of_state(decision_policy const& policy, decision const& wanted, time_point now,
                                            std::string_view lasts = {});

/// The same for `author`, who ends `made`: permitted to those who may make it.
std::optional<std::string> refusal_to_end(decision_policy const& policy, decision const& made, std::string_view author);

/// The same for the author of `made`, who takes it back: permitted to those who may do it. Asks for no reason.
std::optional<std::string> refusal_to_end(decision_policy const& policy, asked_act const& made);

} // namespace rulehost
