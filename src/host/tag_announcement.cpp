#include "host/tag_announcement.hpp"

#include "bus/topics.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>

namespace rulehost {

namespace json = boost::json;

namespace {

json::value text_or_null(std::string const& text) {
    return text.empty() ? json::value() : json::value(text);
}

json::object anchors(tag const& of) {
    json::object object;
    object["source_kind"] = of.source_kind;
    object["source_id"] = of.source_id;
    object["attacker_uuid"] = text_or_null(of.attacker_uuid);
    object["identity_uuid"] = text_or_null(of.identity_uuid);
    object["session_id"] = text_or_null(of.session_id);
    object["decky_id"] = text_or_null(of.decky_id);
    return object;
}

} // namespace

void announce(bus& listeners, std::vector<tag const*> const& fresh) {
    if (!listeners.is_heard())
        return;
    for (auto first = fresh.begin(); first != fresh.end();) {
        auto const last = std::find_if(first, fresh.end(), [&](tag const* each) {
            return each->source_id != (*first)->source_id || each->source_kind != (*first)->source_kind;
        });
        auto tagged = anchors(**first);
        json::array uuids;
        json::array techniques;
        for (auto each = first; each != last; ++each) {
            auto const& one = **each;
            uuids.emplace_back(to_string(one.uuid));
            techniques.emplace_back(one.sub_technique_id.empty() ? one.technique_id : one.sub_technique_id);
            listeners.publish(rule_fired_topic(techniques.back().get_string().c_str()), json::serialize(to_json(one)));
        }
        tagged["tags"] = std::move(uuids);
        tagged["techniques_added"] = std::move(techniques);
        listeners.publish(tagged_topic, json::serialize(tagged));
        first = last;
    }
}

} // namespace rulehost
