#pragma once

#include <rulehost/event.hpp>
#include <rulehost/time_point.hpp>

#include <boost/json/object.hpp>
#include <boost/uuid/uuid.hpp>

#include <cstdint>
#include <optional>
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
    std::string decky_id;                  ///< the sensor
    std::optional<time_point> observed_at; ///< event time; empty if the producer gave none
    std::string src_ip; ///< as the producer wrote it: an address, or a hash of one; empty when unknown
    std::optional<std::uint16_t> src_port;
    std::string tactic;
    std::string tactic_name;
    std::string technique_id;
    std::string sub_technique_id; ///< empty when the rule claims the technique as a whole
    std::string technique_name;   ///< `Command and Scripting Interpreter: Unix Shell`
    double confidence = 0;
    std::optional<double> clipped_from; ///< confidence before an operator's clip
    std::string rule_id;
    std::int64_t rule_version = 0;
    std::string rule_name;
    boost::json::object evidence;
    bool truncated = false; ///< a part of the event was not scanned, or is not in the evidence
    bool undecided = false; ///< a limit stopped the rule: whether it matches is unknown, and the confidence is halved
    bool observe = false;   ///< an operator only observes the rule: the tag does not count
    std::uint64_t withheld_by = 0; ///< the decision that withholds it; 0: none does. Not in its JSON
    std::string attack_release;
    std::uint64_t revision = 0; ///< of the rules and states that produced it
    std::string input;          ///< input of the event; empty when unknown
    std::uint64_t line = 0;     ///< of the input, from 1; its sequence in a stream
    time_point created_at{};
};

/// The identity of a tag: UUIDv5 of the six fields joined by `|` (each `|` and `\` inside a field escaped with `\`) in
/// the namespace `1ca31f08-5522-5aae-8371-fe81f0e39de3`. Without clock, pid or random input: a replay gives the same
/// ids, and they equal those of existing deployments.
boost::uuids::uuid tag_uuid(std::string_view source_kind, std::string_view source_id, std::string_view rule_id,
                            std::int64_t rule_version, std::string_view technique_id,
                            std::string_view sub_technique_id);

/// The sub-technique, or the technique if the rule claims it as a whole.
inline std::string const& technique_of(tag const& about) {
    return about.sub_technique_id.empty() ? about.technique_id : about.sub_technique_id;
}

/// The page of the technique on attack.mitre.org.
std::string mitre_url(std::string_view technique_id, std::string_view sub_technique_id);

/// Appends the NDJSON form, one object without a line break: the members above plus `mitre_url` and `sensor` (which is
/// `decky_id`), with `input` and `line` as `origin`; empty members are null.
void append_json(std::string& out, tag const&);

/// The same as a value.
boost::json::object to_json(tag const&);

} // namespace rulehost
