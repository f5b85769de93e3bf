#pragma once

#include <rulehost/database_rule_store.hpp>

#include <boost/json/object.hpp>

#include <string>

namespace rulehost::cli {

/// NDJSON form of a row of the history; its `detail` is parsed where it is JSON.
boost::json::object record_of(history_entry const&);

/// The change in a few words; not escaped.
std::string summary_of(history_entry const&);

} // namespace rulehost::cli
