#pragma once

#include "sql/rule_history.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/rule_store.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace rulehost::cli {

/// The rule of a store that a person names.
struct rule_choice {
    std::string rule_id;              ///< the id of the rule; if none: the typed text
    bool is_present = false;          ///< a rule of the store has that id
    std::vector<std::string> similar; ///< if none: ids of the rules with such a name, or a similar id

    /// `no rule R018 is live here; CONSEQUENCE; did you mean R0018?`
    std::string absence(std::string const& consequence = "") const;
};

struct known_rule {
    std::string rule_id;
    std::string name; ///< empty: its text is invalid
};

/// `typed` is an id, or else the name of one rule. A name shared by several rules gives none.
rule_choice choose_rule(std::string const& typed, std::vector<known_rule> const& rules);

/// The same for the rules that are live or quarantined in `snapshot`.
rule_choice choose_rule(std::string const& typed, rule_snapshot const& snapshot);

/// The same for the rules in the rows of a store, of which `lists` hold the lists.
rule_choice choose_rule(std::string const& typed, std::vector<rule_row> const& rules,
                        std::vector<list_row> const& lists);

/// The same for the rules in `store`. Throws `store_unavailable`.
boost::asio::awaitable<rule_choice> choose_rule(database_rule_store& store, std::string typed);

/// The rule that had the id or the name `typed` at a revision that the history reaches to.
rule_choice choose_past_rule(rule_history const& history, std::string const& typed, revision at);

/// The rule of that id; null: it is not among them.
compiled_rule_ptr find_rule(std::vector<compiled_rule_ptr> const& rules, std::string_view rule_id);

} // namespace rulehost::cli
