#pragma once

#include <rulehost/database_rule_store.hpp>
#include <rulehost/decision.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace rulehost::cli {

/// A person's words as selectors and conditions.
struct selection {
    std::vector<std::string> selectors; ///< as in `decision::rules`
    std::vector<std::string> scope;     ///< as in `decision::scope`
    std::vector<std::string> notes;     ///< notes for the person, such as the id that a name stands for
    std::vector<std::string> absent;    ///< why a word selects no rule of the store, with the consequence
};

/// Words are rule ids, names of rules, globs (`R02*`), technique and tactic ids (`T1059`, `TA0007`), or selectors as they are
/// stored. `consequence`: of a word that selects no rule. `attacker`, `identity`, `session` and `sensor` stand for the anchors in a scope. Throws `std::invalid_argument`
/// for a condition that is malformed, and `store_unavailable`.
boost::asio::awaitable<selection> select(database_rule_store& store, std::vector<std::string> words,
                                         std::vector<std::string> scope, std::string consequence);

} // namespace rulehost::cli
