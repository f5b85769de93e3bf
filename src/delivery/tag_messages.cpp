#include "delivery/tag_messages.hpp"

#include "bus/topics.hpp"
#include "event/tag_members.hpp"

#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace rulehost {

namespace {

/// The distinct texts that `of` returns for the tags.
template <class Function>
void append_texts(json_members& members, std::string_view name, std::vector<tag const*> const& tags, Function of) {
    std::vector<std::string> all;
    for (auto const* const each : tags)
        if (auto text = of(*each); std::ranges::find(all, text) == all.end())
            all.push_back(std::move(text));
    auto& out = members.begin(name) += '[';
    for (auto const& each : all) {
        out += &each == all.data() ? "" : ",";
        append_json_string(out, each);
    }
    out += ']';
}

outbox_row tagged_message(std::vector<tag const*> const& of_event) {
    outbox_row message{"tagged-" + to_string(of_event.front()->uuid), std::string(tagged_topic), {}};
    json_members members(message.payload);
    append_event_of(members, *of_event.front());
    members.text("created_at", format_time(of_event.front()->created_at));
    append_texts(members, "tags", of_event, [](tag const& each) { return to_string(each.uuid); });
    append_texts(members, "techniques", of_event, [](tag const& each) { return technique_of(each); });
    members.close();
    return message;
}

outbox_row fired_message(tag const& each) {
    outbox_row message{"fired-" + to_string(each.uuid), rule_fired_topic(each.technique_id), {}};
    json_members members(message.payload);
    append_event_of(members, each);
    members.text("created_at", format_time(each.created_at));
    members.text("tag", to_string(each.uuid));
    append_judgement(members, each);
    members.close();
    return message;
}

} // namespace

std::vector<outbox_row> messages_about(std::vector<tag const*> const& fresh) {
    std::vector<std::vector<tag const*>> events; // in the order of arrival
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
        std::vector<tag const*> counted;
        std::ranges::copy_if(event, std::back_inserter(counted), [](tag const* each) { return !each->observe; });
        if (!counted.empty())
            messages.push_back(tagged_message(counted));
        for (auto const* const each : event)
            messages.push_back(fired_message(*each));
    }
    return messages;
}

std::vector<outbox_row> messages_about_retracted(std::vector<tag const*> const& tags, retraction const& why) {
    std::vector<outbox_row> messages;
    messages.reserve(tags.size());
    for (auto const* const each : tags) {
        outbox_row message{"retracted-" + to_string(each->uuid), std::string(retracted_topic), {}};
        json_members members(message.payload);
        append_event_of(members, *each);
        members.text("created_at", format_time(each->created_at));
        members.text("tag", to_string(each->uuid));
        append_judgement(members, *each);
        members.text("retracted_at", why.at ? format_time(*why.at) : "");
        members.text("retracted_by", why.by);
        members.text("reason", why.reason);
        members.close();
        messages.push_back(std::move(message));
    }
    return messages;
}

} // namespace rulehost
