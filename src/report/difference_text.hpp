#pragma once

#include "report/tag_differences.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace rulehost {

/// One of two sets of rules.
struct compared_rules {
    std::string name; ///< as it was asked for
    std::size_t rules = 0;
};

struct rule_comparison {
    compared_rules before;
    compared_rules after;
    std::uint64_t events = 0;
    std::uint64_t rejected = 0; ///< lines that are no events
    tag_differences differences;
};

/// Plain lines. Text from outside is escaped, here as in the others.
std::string difference_text(rule_comparison const& of);

/// GitHub's Markdown, for a comment: a table, and the lines folded away.
std::string difference_markdown(rule_comparison const& of);

boost::json::object difference_json(rule_comparison const& of);

} // namespace rulehost
