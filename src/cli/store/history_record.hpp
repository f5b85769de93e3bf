#pragma once

#include <rulehost/database_rule_store.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <string>

namespace rulehost::cli {

/// NDJSON form of a row of the history; its `detail` is parsed where it is JSON.
boost::json::object record_of(history_entry const&);

/// The revision at which the state of a rule was last cleared, of those past `after`; 0: it was not. Throws
/// `store_unavailable`.
boost::asio::awaitable<revision> revision_of_clearing(database_rule_store& store, std::string rule_id, revision after);

/// The change in a few words; not escaped.
std::string summary_of(history_entry const&);

} // namespace rulehost::cli
