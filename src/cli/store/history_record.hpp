#pragma once

#include <rulehost/database_rule_store.hpp>
#include <rulehost/decision.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rulehost::cli {

/// NDJSON form of a row of the history; its `detail` is parsed where it is JSON.
boost::json::object record_of(history_entry const&);

/// Calls `act` with each change of a rule or list past `after`, the oldest first; an empty `rule_id` stands for all. Reads
/// page by page. Throws `store_unavailable`.
boost::asio::awaitable<void> for_each_change(database_rule_store& store, std::string rule_id, revision after,
                                             std::function<void(history_entry const&)> act);

/// The revision at which the state of a rule was last cleared, of those past `after`; 0: it was not. Throws
/// `store_unavailable`.
boost::asio::awaitable<revision> revision_of_clearing(database_rule_store& store, std::string rule_id, revision after);

/// A member of the parsed `detail` of a change that is a text; empty: there is none.
std::string text_in(boost::json::value const& detail, std::string_view name);

/// The decision that a change of kind `state` or `decision` made; empty: it ended one, or the row is damaged.
std::optional<decision> decision_of(history_entry const&);

/// The change in a few words; not escaped.
std::string summary_of(history_entry const&);

} // namespace rulehost::cli
