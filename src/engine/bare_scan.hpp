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

/// Baseline for benchmarks: scans fields with one Vectorscan database per source kind and field, which holds the texts
/// and expressions of all rules. Used by one thread at a time.
class bare_scan {
public:
    /// Slow for thousands of rules. Throws what expression_database throws.
    explicit bare_scan(std::vector<compiled_rule_ptr> const& rules);

    /// Number of expressions that the scan reports for the event.
    std::size_t scan(event const& e) const;
    /// The same for the payload of an event.
    std::size_t scan(std::string_view source_kind, boost::json::object const& payload) const;

    std::size_t left_out() const; ///< number of expressions that Vectorscan rejects

private:
    struct field {
        field_path path;
        expression_database expressions;
    };
    std::map<std::string, std::vector<field>, std::less<>> fields_; ///< by source kind
};

} // namespace rulehost
