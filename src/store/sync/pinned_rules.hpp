#pragma once

#include <rulehost/database_rule_store.hpp>
#include <rulehost/rule_pin.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace rulehost {

/// The pins of a database that stand, as a master last read them. Used on one executor.
class pinned_rules {
public:
    /// `log` is called with one line when a pin begins and when it ends.
    pinned_rules(database_rule_store& database, std::function<void(std::string const&)> log)
        : database_(database), log_(std::move(log)) {}

    /// Reads them again. Returns whether some ended. Throws `store_unavailable`.
    boost::asio::awaitable<bool> refresh();

    /// The pin of a rule; null: it has none. Valid until the next refresh.
    rule_pin const* find(std::string const& rule_id) const;
    std::size_t size() const { return pins_.size(); }
    void clear() { pins_.clear(); }

private:
    database_rule_store& database_;
    std::function<void(std::string const&)> log_;
    std::map<std::string, rule_pin> pins_; ///< by rule
};

} // namespace rulehost
