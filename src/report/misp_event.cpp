#include "report/misp_event.hpp"

#include "text/plural.hpp"
#include "time/whole_seconds.hpp"
#include "uuid/named_uuid.hpp"

#include <boost/json/array.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace rulehost {

namespace json = boost::json;

namespace {

std::string id_of(std::string const& content) {
    return boost::uuids::to_string(content_uuid("rulehost:misp:" + content));
}

/// MISP has times in seconds, as text.
std::string seconds(time_point at) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

/// `misp-galaxy:mitre-attack-pattern="Unix Shell - T1059.004"`
json::object galaxy_tag(std::string const& technique, attack_table const& attack) {
    auto const* const known = attack.find_technique(technique);
    auto const cluster = known ? known->name + " - " + technique : technique;
    return {{"name", "misp-galaxy:mitre-attack-pattern=\"" + cluster + '"'}};
}

json::array galaxy_tags(std::set<std::string> const& techniques, attack_table const& attack) {
    json::array tags;
    for (auto const& each : techniques)
        tags.push_back(galaxy_tag(each, attack));
    return tags;
}

/// All sightings of one address.
json::object attribute(std::vector<sighting>::const_iterator first, std::vector<sighting>::const_iterator last,
                       std::string const& event_id, attack_table const& attack) {
    std::set<std::string> techniques;
    auto begin = first->first;
    auto end = first->last;
    std::uint64_t tags = 0;
    auto const& address = first->address;
    for (; first != last; ++first) {
        techniques.insert(first->technique);
        begin = std::min(begin, first->first);
        end = std::max(end, first->last);
        tags += first->tags;
    }
    return {{"uuid", id_of(event_id + ':' + address)},
            {"type", "ip-src"},
            {"category", "Network activity"},
            {"value", address},
            {"to_ids", false},
            {"disable_correlation", false},
            {"distribution", "5"}, // inherit that of the event
            {"comment", plural(tags, "tag") + " of " + plural(techniques.size(), "technique")},
            {"timestamp", seconds(end)},
            {"first_seen", format_time(begin)},
            {"last_seen", format_time(end)},
            {"Tag", galaxy_tags(techniques, attack)}};
}

} // namespace

json::object misp_event(sightings const& seen, time_point since, time_point until, attack_table const& attack) {
    auto const pairs = seen.all();
    auto first_seen = pairs.empty() ? since : pairs.front().first;
    auto last_seen = pairs.empty() ? until : pairs.front().last;
    std::set<std::string> techniques;
    for (auto const& each : pairs) {
        techniques.insert(each.technique);
        first_seen = std::min(first_seen, each.first);
        last_seen = std::max(last_seen, each.last);
    }
    auto const id = id_of("event:" + format_time(first_seen) + ' ' + format_time(last_seen));
    json::array attributes;
    for (auto first = pairs.begin(); first != pairs.end();) {
        auto const last =
            std::find_if(first, pairs.end(), [&](sighting const& each) { return each.address != first->address; });
        if (!first->address.empty())
            attributes.push_back(attribute(first, last, id, attack));
        first = last;
    }
    auto const day = format_time(first_seen).substr(0, 10);
    json::object event{
        {"uuid", id},
        {"info", "Attacks that rulehost saw from " + whole_seconds(first_seen) + " to " + whole_seconds(last_seen)},
        {"date", day},
        {"timestamp", seconds(last_seen)},
        {"threat_level_id", "4"}, // undefined
        {"analysis", "0"},        // initial
        {"distribution", "0"},    // the organisation only
        {"published", false},
        {"Orgc", {{"name", "rulehost"}, {"uuid", id_of("organisation")}}},
        {"attribute_count", std::to_string(attributes.size())},
        {"Tag", galaxy_tags(techniques, attack)},
        {"Attribute", std::move(attributes)}};
    return {{"Event", std::move(event)}};
}

} // namespace rulehost
