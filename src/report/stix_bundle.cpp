#include "report/stix_bundle.hpp"

#include "uuid/named_uuid.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

namespace rulehost {

namespace json = boost::json;

namespace {

constexpr std::uint64_t max_count = 999'999'999; // STIX's limit

/// The specification's namespace for ids of addresses and other observables.
constexpr boost::uuids::uuid observable_namespace{
    {0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}};

/// The creation time of objects that never change.
constexpr std::string_view beginning = "2026-01-01T00:00:00.000Z";

std::string id_of(std::string_view type, std::string const& content) {
    return std::string(type) + "--" +
        boost::uuids::to_string(content_uuid("rulehost:stix:" + std::string(type) + ':' + content));
}

/// `created` and `modified` have exactly milliseconds.
std::string milliseconds(time_point at) {
    auto const text = format_time(at);
    return text.substr(0, text.find('.') + 4) + 'Z';
}

json::object versioned(std::string_view type, std::string const& id, std::string_view made_at) {
    return {{"type", type}, {"spec_version", "2.1"}, {"id", id}, {"created", made_at}, {"modified", made_at}};
}

std::string identity_id() {
    return id_of("identity", "rulehost");
}

json::object identity() {
    auto made = versioned("identity", identity_id(), beginning);
    made["name"] = "rulehost";
    made["description"] = "Rules that look for techniques of MITRE ATT&CK in the events of sensors";
    made["identity_class"] = "system";
    return made;
}

/// Includes the ATT&CK release, since the content depends on it.
std::string pattern_id(std::string const& technique, attack_table const& attack) {
    return id_of("attack-pattern", attack.release() + ':' + technique);
}

json::object attack_pattern(std::string const& technique, attack_table const& attack) {
    auto made = versioned("attack-pattern", pattern_id(technique, attack), beginning);
    made["created_by_ref"] = identity_id();
    auto const* const known = attack.find_technique(technique);
    made["name"] = known ? known->name : technique;
    json::array phases;
    for (auto const& id : known ? known->tactics : std::vector<std::string>())
        if (auto const* const tactic = attack.find_tactic(id))
            phases.push_back(json::object{{"kill_chain_name", "mitre-attack"}, {"phase_name", tactic->short_name}});
    if (!phases.empty())
        made["kill_chain_phases"] = std::move(phases);
    json::object reference{{"source_name", "mitre-attack"}, {"external_id", technique}};
    if (known)
        reference["url"] = mitre_url(technique.substr(0, technique.find('.')), technique);
    made["external_references"] = json::array{std::move(reference)};
    return made;
}

std::string_view address_type(std::string const& address) {
    return address.find(':') == address.npos ? "ipv4-addr" : "ipv6-addr";
}

std::string address_id(std::string const& address) {
    auto const contributing = json_text(json::object{{"value", address}});
    return std::string(address_type(address)) + "--" +
        boost::uuids::to_string(named_uuid(observable_namespace, contributing));
}

json::object address_object(std::string const& address) {
    return {{"type", address_type(address)}, {"spec_version", "2.1"}, {"id", address_id(address)}, {"value", address}};
}

/// All sightings of one address.
sighting united(std::vector<sighting>::const_iterator first, std::vector<sighting>::const_iterator last) {
    auto whole = *first;
    for (auto each = first + 1; each != last; ++each) {
        whole.first = std::min(whole.first, each->first);
        whole.last = std::max(whole.last, each->last);
        whole.tags += each->tags;
    }
    return whole;
}

/// A name for the content of an object about the tags of a span.
std::string content_of(sighting const& of) {
    auto content =
        json::array{of.address, of.technique, format_time(of.first), format_time(of.last), of.tags, of.highest};
    content.insert(content.end(), of.rules.begin(), of.rules.end());
    return json_text(content);
}

json::object observed_data(sighting const& whole) {
    auto made = versioned("observed-data", id_of("observed-data", content_of(whole)), milliseconds(whole.last));
    made["created_by_ref"] = identity_id();
    made["first_observed"] = format_time(whole.first);
    made["last_observed"] = format_time(whole.last);
    made["number_observed"] = std::min(whole.tags, max_count);
    made["object_refs"] = json::array{address_id(whole.address)};
    return made;
}

json::object sighting_object(sighting const& each, json::value const* observed_id, attack_table const& attack) {
    auto made = versioned("sighting", id_of("sighting", content_of(each) + attack.release()), milliseconds(each.last));
    made["created_by_ref"] = identity_id();
    std::string rules;
    for (auto const& rule : each.rules)
        rules += (rules.empty() ? "Rules: " : ", ") + rule;
    made["description"] = rules;
    made["confidence"] = static_cast<std::int64_t>(std::lround(std::clamp(each.highest, 0.0, 1.0) * 100));
    made["first_seen"] = format_time(each.first);
    made["last_seen"] = format_time(each.last);
    made["count"] = std::min(each.tags, max_count);
    made["sighting_of_ref"] = pattern_id(each.technique, attack);
    if (observed_id)
        made["observed_data_refs"] = json::array{*observed_id};
    made["where_sighted_refs"] = json::array{identity_id()};
    made["summary"] = true;
    return made;
}

} // namespace

json::object stix_bundle(sightings const& seen, attack_table const& attack) {
    auto const pairs = seen.all();
    json::array objects{identity()};
    std::set<std::string> techniques;
    for (auto const& each : pairs)
        if (techniques.insert(each.technique).second)
            objects.push_back(attack_pattern(each.technique, attack));
    for (auto first = pairs.begin(); first != pairs.end();) {
        auto const last =
            std::find_if(first, pairs.end(), [&](sighting const& each) { return each.address != first->address; });
        json::value observed_id;
        if (!first->address.empty()) {
            objects.push_back(address_object(first->address));
            auto observed = observed_data(united(first, last));
            observed_id = observed.at("id");
            objects.push_back(std::move(observed));
        }
        for (; first != last; ++first)
            objects.push_back(sighting_object(*first, observed_id.is_null() ? nullptr : &observed_id, attack));
    }
    std::string ids;
    for (auto const& each : objects)
        ids.append(each.at("id").as_string()).append(" ");
    return {{"type", "bundle"}, {"id", id_of("bundle", ids)}, {"objects", std::move(objects)}};
}

} // namespace rulehost
