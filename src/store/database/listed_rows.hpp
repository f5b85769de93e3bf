#pragma once

#include "sql/rule_database.hpp"

#include <rulehost/database_rule_store.hpp>

#include <map>
#include <string>
#include <vector>

namespace rulehost {

// Rows of the tables as the lists of a database_rule_store give them.

std::vector<rule_row> listed(std::vector<stored_rule> rows);
std::vector<list_row> listed(std::vector<stored_list> rows);
std::vector<quarantined_text> listed(std::vector<quarantined_row> rows);
std::vector<history_entry> listed(std::vector<change_row> rows);

/// Without malformed rows. The effective states at `now`, and the decisions that have not ended at `now`.
std::map<std::string, rule_state> listed(std::vector<stored_state> rows, time_point now);
decision_map listed(std::vector<stored_decision> rows, time_point now);

/// The malformed rows.
std::vector<quarantined_rule> damaged(std::vector<stored_state> const& states,
                                      std::vector<stored_decision> const& decisions);

} // namespace rulehost
