#pragma once

#include "sql/rule_database.hpp"
#include "store/database/database_lists.hpp"

#include <rulehost/rule_change.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace rulehost {

using live_rules = std::map<std::string, std::shared_ptr<rule_definition const>>;

/// A parsed rule text of the database.
struct observed_rule {
    std::string rule_id;
    rulehost::revision revision = 0;
    std::shared_ptr<rule_definition const> definition; ///< null: the text is invalid, or the gate rejects the rule
    std::vector<diagnostic> diagnostics;
    std::string text; ///< only of an invalid rule that may name a list: it may be valid with other lists
    /// Of an invalid text in a full read: the newest older text that is valid and passes the gate. A worker falls back
    /// to it even if it has an older one, as it may have missed some.
    std::shared_ptr<rule_definition const> former;
    bool former_is_whole = false; ///< the rule was deleted before the older texts that were read
};

/// The values of a list in the database; empty: its row was removed.
struct observed_list {
    std::optional<std::string> values;
};

/// A decision after a change, or its end.
struct observed_decision {
    decision_id id = 0;
    std::variant<decision, deletion, malformed_value> value;
};

struct observed_change {
    rulehost::revision revision = 0;
    std::string rule_id; ///< of a list: its name
    std::variant<observed_rule, deletion, rule_state, malformed_value, observed_list, observed_decision> value;
    rule_change::origin cause = rule_change::origin::decision;
};

/// A state of the database.
struct observed_state {
    stored_state row;
    std::optional<rule_state> former; ///< of a malformed row: as `rule_database::former_state`
};

/// A row of `ttp_decision`.
struct stored_and_former_decision {
    stored_decision row;
    std::optional<decision> former; ///< of a malformed row: as `rule_database::former_decision`
};

/// Result of a poll of the database: the changes since the reader's position, or everything.
struct observation {
    std::optional<database_position> based_on; ///< position of the reader
    database_position position;
    rule_extent extent = rule_extent::whole;
    std::vector<observed_change> changes;
    struct everything {
        std::vector<observed_rule> rules;
        std::vector<observed_state> states;
        std::vector<stored_and_former_decision> decisions;
        database_lists lists;                      ///< lists that the rules were read with
        std::map<std::string, revision> list_rows; ///< by name
    };
    std::optional<everything> all;
    enum class rest { none, more } left = rest::none; ///< whether there are more changes to fetch
};

/// Position, lists and gate of a reader.
struct observation_base {
    database_position position;
    database_lists lists; ///< as of the position
    rule_gate gate;       ///< empty: none
};

/// Changes in `database` after `base`; empty if the history does not reach back (it was trimmed, or the database was
/// replaced or reset): then call `observe_everything`. Blocking; also parses rule texts and calls the gate, off the
/// loop. Throws database_error.
std::optional<observation> observe_changes(rule_database& database, observation_base base);

/// The same for the whole `database`. Neither parses nor tests texts in `live` again, which passed the gate, unless a
/// list that they name has changed.
observation observe_everything(rule_database& database, std::optional<database_position> const& known,
                               live_rules const& live, database_lists lists, rule_gate const& gate);

/// Empty if the state is valid, else the reason of its quarantine: it was written by hand.
std::string why_unusable(std::string const& rule_id, std::variant<rule_state, malformed_value> const& value);

std::string why_unusable(std::variant<decision, malformed_value> const& value);

/// Quarantine entry for a malformed row of a state, or of a decision.
quarantined_rule damaged_state(std::string const& rule_id, std::string const& why);
quarantined_rule damaged_decision(decision_id id, std::string const& why);

/// Reads the text of one row. Pure.
observed_rule read_row(std::string const& rule_id, std::string const& text, rulehost::revision revision,
                       rule_lists const& lists);

/// Calls `gate`, unless the rule is invalid. Its findings join the diagnostics; an error removes the definition.
void admit(observed_rule& rule, rule_gate const& gate);

/// The first of `texts`, newest first, that is the text of `live` (null: none is live), or is valid and passes `gate`.
std::shared_ptr<rule_definition const> newest_good(std::vector<std::string> const& texts, observed_rule const& rule,
                                                   std::shared_ptr<rule_definition const> const& live,
                                                   rule_lists const& lists, rule_gate const& gate);

/// Path of findings about the row of a rule.
std::string place_of_row(std::string const& rule_id);

diagnostic row_finding(std::string code, std::string message, std::string const& rule_id, std::string path);

/// Whether the rule names one of `lists`.
bool uses(rule_definition const& rule, std::set<std::string> const& lists);

} // namespace rulehost
