#pragma once

#include "report/report_data.hpp"

#include <boost/json/object.hpp>

namespace rulehost {

/// A layer of version 4.5 for the ATT&CK Navigator: each technique that was seen, scored by its tags.
boost::json::object navigator_layer(report_data const& data, attack_table const& attack);

} // namespace rulehost
