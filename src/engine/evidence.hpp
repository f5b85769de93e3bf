#pragma once

#include "engine/window.hpp"
#include "match/predicate.hpp"
#include "match/subject.hpp"

#include <rulehost/rule_definition.hpp>

#include <boost/json/object.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace rulehost {

/// Why a rule speaks.
struct match_reason {
    match_detail found;
    std::optional<window::outcome> completed;
};

/// The fields of an event that the evidence of a tag begins with.
struct copied_fields {
    std::vector<field_path> const* wanted; ///< `evidence_fields` of its rule
    std::size_t tag;                       ///< the place of the tag
    std::size_t count;                     ///< of the members
    bool truncated;                        ///< they do not hold the whole of the fields
    bool can_be_shared = true;             ///< no member of the rule itself stands in place of a field
};

/// The evidence of a tag, all of it in one block of memory: move it by construction, an assignment copies it. The fields
/// are copied from `like`, the evidence of another tag of the same event whose rule wants the same ones, when it is not null.
/// `copied` becomes what is known of the fields.
boost::json::object evidence_of(rule_definition const& definition, subject const& on, match_reason why,
                                boost::json::object const* like, copied_fields& copied);

boost::json::object copy_in_one_block(boost::json::object const& evidence);

} // namespace rulehost
