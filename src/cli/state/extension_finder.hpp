#pragma once

#include <rulehost/database_rule_store.hpp>
#include <rulehost/decision.hpp>

#include <boost/asio/awaitable.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace rulehost::cli {

/// Finds in the history, given oldest first, which decision `state extend` made of another: the one that its ender made about
/// the same as the last change before it ended.
class extension_finder {
public:
    void add(history_entry const& entry);

    /// The new ids by the former ones.
    std::map<decision_id, decision_id> take() { return std::move(extended_); }

private:
    void end(std::string const& key, history_entry const& entry);

    std::map<std::string, decision> standing_; ///< by the id of the decision, or the rule of a state
    std::map<decision_id, decision_id> extended_;
};

/// The decision, or what became of it by extensions, which it prints. Empty: neither stands.
boost::asio::awaitable<std::optional<decision>> find_last(database_rule_store& store, decision_id id);

void complain_of_absence(decision_id id);

} // namespace rulehost::cli
