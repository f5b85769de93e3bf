#pragma once

#include "report/sightings.hpp"

#include <rulehost/attack_table.hpp>

#include <boost/json/object.hpp>

namespace rulehost {

/// A MISP event in JSON for its import: an attribute `ip-src` for each address, with the techniques as tags of MISP's
/// galaxy `mitre-attack-pattern`. Nothing is published, and no address is marked for detection (`to_ids`). Id and date
/// come from the first and the last tag, so the same tags give the same event; without tags it uses `since` and
/// `until`.
boost::json::object misp_event(sightings const& seen, time_point since, time_point until, attack_table const& attack);

} // namespace rulehost
