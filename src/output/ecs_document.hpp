#pragma once

#include <rulehost/tag.hpp>

#include <boost/json/object.hpp>

namespace rulehost {

/// A tag in the fields of the Elastic Common Schema 8.11; fields of our own are in `rulehost`. The types of all are in
/// config/elasticsearch-template.json. Evidence is a text: its members differ by rule and would clash as fields.
boost::json::object ecs_document(tag const& about);

} // namespace rulehost
