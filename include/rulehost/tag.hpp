#pragma once

#include <rulehost/event.hpp>
#include <rulehost/time_point.hpp>

#include <boost/json/object.hpp>
#include <boost/uuid/uuid.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace rulehost {

/// An emission of the engine: (event x rule x technique). A value.
struct tag {
    boost::uuids::uuid uuid{};
    std::string source_kind;
    std::string source_id;
    std::string attacker_uuid; ///< empty when unknown; one of attacker and identity is always set
    std::string identity_uuid;
    std::string session_id;
    std::string decky_id;
    std::string tactic;
    std::string technique_id;
    std::string sub_technique_id; ///< empty when the rule claims the technique as a whole
    double confidence = 0;
    std::string rule_id;
    std::int64_t rule_version = 0;
    boost::json::object evidence;
    std::string attack_release;
    time_point created_at{};
};

/// The identity of a tag: UUIDv5 of the six fields joined by `|` (each `|` and `\` inside a field escaped
/// with `\`) in the namespace `1ca31f08-5522-5aae-8371-fe81f0e39de3`. No clock, pid or random input, so a
/// replay gives the same ids and ids equal those of existing deployments.
boost::uuids::uuid tag_uuid(std::string_view source_kind, std::string_view source_id, std::string_view rule_id,
                            std::int64_t rule_version, std::string_view technique_id,
                            std::string_view sub_technique_id);

/// The page of the technique on attack.mitre.org.
std::string mitre_url(std::string_view technique_id, std::string_view sub_technique_id);

/// The NDJSON form: the members above plus `mitre_url`; empty strings become null.
boost::json::object to_json(tag const&);

} // namespace rulehost
