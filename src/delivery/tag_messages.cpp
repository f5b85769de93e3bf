#include "delivery/tag_messages.hpp"

#include "bus/topics.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <cstddef>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace rulehost {

namespace {

namespace json = boost::json;

json::value text_or_null(std::string const& text) {
    return text.empty() ? json::value() : json::value(text);
}

/// Fields that an event and each of its tags share.
json::object origin_of(tag const& each) {
    json::object object;
    object["source_kind"] = each.source_kind;
    object["source_id"] = each.source_id;
    object["attacker_uuid"] = text_or_null(each.attacker_uuid);
    object["identity_uuid"] = text_or_null(each.identity_uuid);
    object["session_id"] = text_or_null(each.session_id);
    object["decky_id"] = text_or_null(each.decky_id);
    object["created_at"] = format_time(each.created_at);
    return object;
}

outbox_row tagged_message(std::vector<tag const*> const& of_event) {
    auto object = origin_of(*of_event.front());
    json::array tags;
    json::array techniques;
    for (auto const* const each : of_event) {
        tags.emplace_back(to_string(each->uuid));
        json::value technique(each->sub_technique_id.empty() ? each->technique_id : each->sub_technique_id);
        bool known = false;
        for (auto const& other : techniques)
            known = known || other == technique;
        if (!known)
            techniques.push_back(std::move(technique));
    }
    object["tags"] = std::move(tags);
    object["techniques"] = std::move(techniques);
    return {"tagged-" + to_string(of_event.front()->uuid), std::string(tagged_topic), json_text(object)};
}

outbox_row fired_message(tag const& each) {
    auto object = origin_of(each);
    object["tag"] = to_string(each.uuid);
    object["rule_id"] = each.rule_id;
    object["rule_version"] = each.rule_version;
    object["tactic"] = each.tactic;
    object["technique_id"] = each.technique_id;
    object["sub_technique_id"] = text_or_null(each.sub_technique_id);
    object["confidence"] = each.confidence;
    return {"fired-" + to_string(each.uuid), rule_fired_topic(each.technique_id), json_text(object)};
}

} // namespace

std::vector<outbox_row> messages_about(std::vector<tag const*> const& fresh) {
    std::vector<std::vector<tag const*>> events; // in the order in which they came
    std::unordered_map<std::string, std::size_t> place_of;
    for (auto const* const each : fresh) {
        auto const [place, is_new] = place_of.emplace(
            std::to_string(each->source_kind.size()) + ":" + each->source_kind + each->source_id, events.size());
        if (is_new)
            events.emplace_back();
        events[place->second].push_back(each);
    }
    std::vector<outbox_row> messages;
    messages.reserve(events.size() + fresh.size());
    for (auto const& event : events) {
        messages.push_back(tagged_message(event));
        for (auto const* const each : event)
            messages.push_back(fired_message(*each));
    }
    return messages;
}

} // namespace rulehost
