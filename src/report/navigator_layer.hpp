#pragma once

#include "report/difference_text.hpp"
#include "report/report_data.hpp"

#include <boost/json/object.hpp>

namespace rulehost {

/// A layer of version 4.5 for the ATT&CK Navigator: each technique that was seen, scored by its tags.
boost::json::object navigator_layer(report_data const& data, attack_table const& attack);

/// The same of two spans: each technique that was seen in one of them, scored by the number of tags that the second has
/// more.
boost::json::object navigator_layer(report_data const& before, report_data const& after, attack_table const& attack);

/// The same of two sets of rules: each technique whose tags differ, scored by the number of tags that the second set
/// makes more.
boost::json::object navigator_layer(rule_comparison const& of, attack_table const& attack);

} // namespace rulehost
