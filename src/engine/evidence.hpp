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

/// The reason of a match.
struct match_reason {
    match_detail found;
    std::optional<window::outcome> completed;
};

/// The event fields at the start of a tag's evidence.
struct copied_fields {
    std::vector<field_path> const* wanted; ///< `evidence_fields` of its rule
    std::size_t tag;                       ///< index of the tag that has them
    std::size_t count;                     ///< number of members
    bool truncated;                        ///< some fields are cut
    bool can_be_shared = true;             ///< no field is overwritten by a member of the rule
};

/// The evidence of a tag in one block of memory: move it by construction, since an assignment copies it. The fields
/// are copied from `like`, if not null: the evidence of another tag of the event with the same wanted fields.
/// `copied` receives the facts about the fields.
boost::json::object evidence_of(rule_definition const& definition, subject const& on, match_reason why,
                                boost::json::object const* like, copied_fields& copied);

boost::json::object copy_in_one_block(boost::json::object const& evidence);

} // namespace rulehost
