#pragma once

#include "report/tag_differences.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rulehost {

/// A text of a set of rules that is not evaluated.
struct left_out_rule {
    std::string name; ///< rule_id, or the path below the directory if the rule_id is ambiguous; any bytes
    std::string why;  ///< `fails its tests`, `unreadable`
};

/// One of two sets of rules.
struct compared_rules {
    std::string name; ///< as given
    std::size_t rules = 0;
    std::vector<left_out_rule> left_out{};
};

struct rule_comparison {
    compared_rules before;
    compared_rules after;
    std::uint64_t events = 0;
    std::uint64_t rejected = 0; ///< lines that are not events
    tag_differences differences;

    /// Whether a text is left out of one of the two sets only.
    bool differs_in_left_out() const;
};

/// `+3 -1 ~2 (1 promoted)`: added, removed, changed; without zeros after the second.
std::string sum_of(rule_difference const& counts);

/// Plain lines. All forms escape text from outside.
std::string difference_text(rule_comparison const& of);

/// GitHub's Markdown, for a comment: a table, and the lines in a collapsed section.
std::string difference_markdown(rule_comparison const& of);

boost::json::object difference_json(rule_comparison const& of);

} // namespace rulehost
