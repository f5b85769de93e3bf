#pragma once

#include <rulehost/database_rule_store.hpp>
#include <rulehost/rule_pin.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace rulehost {

/// The pins of a database, as a master last read them. Used on one executor.
class pinned_rules {
public:
    /// `log` is called with one line about a pin that began and about one that ended since the last refresh.
    pinned_rules(database_rule_store& database, std::function<void(std::string const&)> log)
        : database_(database), log_(std::move(log)) {}

    /// Reads them again. Returns whether some ended, also those that began after the last refresh. Throws
    /// `store_unavailable`.
    boost::asio::awaitable<bool> refresh();

    /// The pin that stands on a rule; null: there is none. Valid until the next refresh.
    rule_pin const* find(std::string const& rule_id) const;
    std::size_t size() const { return pins_.size(); }
    void clear();

private:
    database_rule_store& database_;
    std::function<void(std::string const&)> log_;
    std::map<std::string, rule_pin> pins_; ///< by rule
    std::set<revision> ended_;             ///< the others
    bool is_first_ = true;
};

} // namespace rulehost
