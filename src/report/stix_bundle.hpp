#pragma once

#include "report/sightings.hpp"

#include <rulehost/attack_table.hpp>

#include <boost/json/object.hpp>

namespace rulehost {

/// A bundle of STIX 2.1: the techniques as attack patterns with MITRE's ids, the addresses with observed data of them,
/// and a sighting for each technique of each address. The same tags give the same ids; an object with other content has
/// another id.
boost::json::object stix_bundle(sightings const& seen, attack_table const& attack);

} // namespace rulehost
