#pragma once

#include "match/expression_database.hpp"

#include <rulehost/compiled_rule.hpp>
#include <rulehost/event.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// A baseline for benchmarks: the texts and expressions of all rules, in one Vectorscan database for each source
/// kind and field, and a bare scan of these fields. One thread at a time.
class bare_scan {
public:
    /// Takes long with thousands of rules. Throws as expression_database does.
    explicit bare_scan(std::vector<compiled_rule_ptr> const& rules);

    /// How many expressions are reported for the event.
    std::size_t scan(event const& e) const;
    /// The same for the payload of an event.
    std::size_t scan(std::string_view source_kind, boost::json::object const& payload) const;

    std::size_t left_out() const; ///< expressions that Vectorscan rejects

private:
    struct field {
        field_path path;
        expression_database expressions;
    };
    std::map<std::string, std::vector<field>, std::less<>> fields_; ///< by source kind
};

} // namespace rulehost
