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

/// The limits that a configuration sets to the decisions of operators. Lines are of the keys in the file `path`; 0: there is
/// no such limit. A value.
struct decision_policy {
    /// Permission for some authors.
    struct grant {
        std::vector<std::string> by;          ///< names or globs
        std::vector<decision_effect> effects; ///< empty: every one
        std::vector<std::string> rules;       ///< selectors as in `decision::rules`; empty: every rule
    };

    std::string path; ///< only quoted
    std::size_t reason_line = 0;
    std::size_t ticket_line = 0;
    std::size_t duration_line = 0;
    duration max_duration{};
    std::size_t grants_line = 0;
    std::vector<grant> grants;               ///< one of them must permit a decision
    duration notice = std::chrono::hours{1}; ///< how long before its end a decision is announced; zero: never
};

/// Why the policy refuses `wanted` of its author (`set_by`), made at `now`; quotes the file, line and key. Empty: it does not.
/// Pure.
std::optional<std::string> refusal(decision_policy const& policy, decision const& wanted, time_point now);

/// The same for the state of a rule, which has no ticket.
std::optional<std::string> refusal_of_state(decision_policy const& policy, decision const& wanted, time_point now);

/// The same for `author`, who ends `made`: permitted to those who may make it.
std::optional<std::string> refusal_to_end(decision_policy const& policy, decision const& made, std::string_view author);

} // namespace rulehost
