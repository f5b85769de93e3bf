#pragma once

#include "engine/window.hpp"
#include "match/predicate.hpp"
#include "match/subject.hpp"

#include <rulehost/rule_definition.hpp>

#include <boost/json/object.hpp>

#include <optional>

namespace rulehost {

/// Why a rule speaks.
struct match_reason {
    match_detail found;
    std::optional<window::outcome> completed;
};

/// The evidence of a tag, all of it in one block of memory: move it by construction, an assignment copies it.
boost::json::object evidence_of(rule_definition const& definition, subject const& on, match_reason why);

boost::json::object copy_in_one_block(boost::json::object const& evidence);

} // namespace rulehost
