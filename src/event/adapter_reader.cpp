// The grammar of an adapter, in EBNF over YAML (as in condition_reader.cpp):
//
//   adapter = { "adapter": NAME, "description": TEXT ?, "recognise": when | [ when, ... ] ?, "topics": [ TOPIC, ... ] ?,
//               "named_by": PATH ?, "source_id": PATH ?, "time": paths | { "member": paths, "unit": UNIT ?, "zone": ZONE ? } ?,
//               "anchors": { ANCHOR: source | [ source, ... ], ... } ?, shared, "events": [ event, ... ] }
//   event   = { "when": when ?, "source_kind": TEXT, "for_each": PATH ?, "with": [ MEMBER, ... ] ?, shared }
//   shared  = "required": [ PATH, ... ] ?, "leave_out": [ MEMBER, ... ] ?, "rename": { PATH: FIELD, ... } ?,
//             "transform": { PATH: TRANSFORM, ... } ?, "add": { FIELD: SCALAR, ... } ?, "id": [ PATH, ... ] ?
//   when    = { PATH: SCALAR | { "starts_with": TEXT } | { "exists": true }, ... }          (all of them)
//   source  = PATH | { "address_of": PATH }
//   paths   = PATH | [ PATH, ... ]                                                          (the first that is present)
//
//   ANCHOR = attacker_uuid, identity_uuid, session_id, decky_id.  UNIT = seconds, milliseconds.  ZONE = +hh:mm, -hh:mm.
//   TRANSFORM = number, python_bytes, list.  What is shared holds for every event; an event adds its own to it.
#include "event/adapter_reader.hpp"

#include "event/document_fields.hpp"
#include "text/number.hpp"
#include "text/source_kind.hpp"
#include "yaml/nearest.hpp"

#include <algorithm>
#include <array>

namespace rulehost {

namespace {

constexpr std::size_t max_events = 256;

struct named_transform {
    std::string_view name;
    transform what;
};

constexpr std::array transforms{
    named_transform{"number", transform::number},
    named_transform{"python_bytes", transform::python_bytes},
    named_transform{"list", transform::list},
};

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

/// `{name}` or a token without braces.
bool is_topic(std::string_view text) {
    while (true) {
        auto const token = text.substr(0, text.find('.'));
        bool const named = token.size() > 2 && token.front() == '{' && token.back() == '}' &&
            is_name(token.substr(1, token.size() - 2));
        if (token.empty() || (!named && token.find_first_of("{}*> ") != token.npos))
            return false;
        if (token.size() == text.size())
            return true;
        text.remove_prefix(token.size() + 1);
    }
}

/// The whole number that `text` spells in canonical form; empty for any other text.
std::optional<std::int64_t> whole_number(std::string_view text) {
    auto const number = parse_number<std::int64_t>(text);
    return number && std::to_string(*number) == text ? number : std::nullopt;
}

std::optional<std::chrono::minutes> parse_zone(std::string_view text) {
    auto const digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9' ? text[at] - '0' : -100; };
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
        return std::nullopt;
    int const hours = digit(1) * 10 + digit(2);
    int const minutes = digit(4) * 10 + digit(5);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return std::nullopt;
    std::chrono::minutes const east{hours * 60 + minutes};
    return text[0] == '-' ? -east : east;
}

} // namespace

event_adapter adapter_reader::read(yaml_node const& root) {
    event_adapter adapter;
    map_reader map(root, "the adapter", *out_);
    auto const* const name = map.require("adapter");
    adapter.name = read_.text(name, "adapter").value_or("");
    if (name && !adapter.name.empty() && !is_name(adapter.name))
        read_.invalid(*name, "an adapter's name takes small letters, digits, _ and -, at most 64");
    if (adapter.name == "detect" || adapter.name == "event" || adapter.name == "text")
        read_.invalid(*name, "'" + adapter.name + "' is a format of rulehost's own");
    read_.text(map.find("description"), "description");
    recognise(map.find("recognise"), adapter);
    topics(map.find("topics"), adapter);
    adapter.named_by = {read_.path(map.find("named_by"), "named_by")};
    adapter.source_id = {read_.path(map.find("source_id"), "source_id")};
    time(map.find("time"), adapter);
    anchors(map.find("anchors"), adapter);
    event_recipe common;
    common.required = paths(map.find("required"), "required");
    common.leave_out = read_.texts(map.find("leave_out"), "leave_out");
    moves(map.find("rename"), map.find("transform"), common);
    add(map.find("add"), common);
    common.id = paths(map.find("id"), "id");
    auto const* const events = map.require("events");
    for (auto const& item : read_.list(events, "events"))
        if (adapter.events.size() < max_events)
            adapter.events.push_back(recipe(item, adapter, common));
    if (events && events->items.size() > max_events)
        read_.invalid(*events, "an adapter has at most " + std::to_string(max_events) + " events");
    map.finish();
    adapter.number_members();
    return adapter;
}

member_path adapter_reader::key_path(yaml_node::key const& key) {
    yaml_node text;
    text.what = yaml_node::kind::scalar;
    text.written = yaml_node::style::quoted;
    text.text = key.text;
    text.where = key.where;
    return {read_.path(&text, "a path")};
}

std::vector<member_path> adapter_reader::paths(yaml_node const* list, std::string_view what) {
    std::vector<member_path> all;
    for (auto const& item : read_.list(list, what))
        if (auto path = read_.path(&item, what); !path.empty())
            all.push_back({std::move(path)});
    return all;
}

std::vector<member_path> adapter_reader::one_or_more(yaml_node const* node, std::string_view what) {
    if (node && node->what == yaml_node::kind::sequence)
        return paths(node, what);
    auto path = read_.path(node, what);
    return path.empty() ? std::vector<member_path>{} : std::vector<member_path>{{std::move(path)}};
}

void adapter_reader::recognise(yaml_node const* node, event_adapter& adapter) {
    if (!node)
        return;
    if (node->what != yaml_node::kind::sequence) {
        adapter.recognise.push_back(conditions(node, "recognise"));
        return;
    }
    for (auto const& item : read_.list(node, "recognise"))
        adapter.recognise.push_back(conditions(&item, "recognise"));
}

std::vector<member_condition> adapter_reader::conditions(yaml_node const* node, std::string_view what) {
    std::vector<member_condition> all;
    if (!node)
        return all;
    if (node->what != yaml_node::kind::map || node->keys.empty()) {
        read_.wrong_type(*node, what, "a map of members and what they must be");
        return all;
    }
    for (std::size_t i = 0; i != node->keys.size(); ++i) {
        auto const& value = node->items[i];
        member_condition one;
        one.member = key_path(node->keys[i]);
        if (value.what == yaml_node::kind::map) {
            map_reader map(value, "a condition", *out_);
            auto const* const front = map.find("starts_with");
            auto const* const exists = map.find("exists");
            if ((front != nullptr) == (exists != nullptr))
                read_.invalid(value, "a condition is a value, or one of starts_with and exists");
            if (front) {
                one.what = member_condition::how::starts_with;
                one.text = read_.text(front, "starts_with").value_or("");
            } else if (exists && !read_.boolean(exists, "exists").value_or(true)) {
                read_.invalid(*exists, "exists can only be true");
            }
            map.finish();
        } else if (auto text = read_.scalar_text(&value, node->keys[i].text)) {
            one.what = member_condition::how::equals;
            one.text = std::move(*text);
            one.number = whole_number(one.text);
        }
        all.push_back(std::move(one));
    }
    return all;
}

void adapter_reader::topics(yaml_node const* node, event_adapter& adapter) {
    for (auto const& item : read_.list(node, "topics")) {
        auto topic = read_.text(&item, "topics");
        if (!topic)
            continue;
        if (!is_topic(*topic))
            read_.invalid(item, "a topic is tokens joined by dots; a token that varies is written {name}");
        adapter.topics.push_back(std::move(*topic));
    }
}

void adapter_reader::time(yaml_node const* node, event_adapter& adapter) {
    if (!node)
        return;
    if (node->what != yaml_node::kind::map) {
        adapter.times = one_or_more(node, "time");
        return;
    }
    map_reader map(*node, "time", *out_);
    adapter.times = one_or_more(map.require("member"), "member");
    auto const* const unit = map.find("unit");
    if (auto const name = read_.text(unit, "unit"); name && *name == "milliseconds")
        adapter.time_unit = 1e-3;
    else if (name && *name != "seconds")
        read_.invalid(*unit, "'" + *name + "' is not a unit of a number", "one of seconds, milliseconds");
    auto const* const zone = map.find("zone");
    if (auto const text = read_.text(zone, "zone")) {
        auto const east = parse_zone(*text);
        if (!east)
            read_.invalid(*zone, "'" + *text + "' is not a zone", "write it as '+02:00'");
        adapter.zone = east.value_or(std::chrono::minutes{0});
    }
    map.finish();
}

void adapter_reader::anchors(yaml_node const* node, event_adapter& adapter) {
    if (!node)
        return;
    map_reader map(*node, "anchors", *out_);
    adapter.attacker_uuid = anchor(map.find("attacker_uuid"), "attacker_uuid");
    adapter.identity_uuid = anchor(map.find("identity_uuid"), "identity_uuid");
    adapter.session_id = anchor(map.find("session_id"), "session_id");
    adapter.decky_id = anchor(map.find("decky_id"), "decky_id");
    map.finish();
}

std::vector<anchor_source> adapter_reader::anchor(yaml_node const* node, std::string_view what) {
    std::vector<anchor_source> all;
    if (!node)
        return all;
    auto const read_one = [&](yaml_node const& item) {
        anchor_source source;
        if (item.what == yaml_node::kind::map) {
            map_reader map(item, what, *out_);
            source.what = anchor_source::how::address_uuid;
            source.member = {read_.path(map.require("address_of"), "address_of")};
            map.finish();
        } else {
            source.member = {read_.path(&item, what)};
        }
        all.push_back(std::move(source));
    };
    if (node->what == yaml_node::kind::sequence)
        for (auto const& item : read_.list(node, what))
            read_one(item);
    else
        read_one(*node);
    return all;
}

void adapter_reader::moves(yaml_node const* rename, yaml_node const* transformed, event_recipe& into) {
    auto const at = [&into](member_path const& path) -> member_move& {
        auto const found = std::ranges::find(
            into.moves, path.keys, [](member_move const& each) -> auto const& { return each.from.keys; });
        if (found != into.moves.end())
            return *found;
        into.moves.push_back({path, path.keys.back(), transform::none});
        return into.moves.back();
    };
    if (rename) {
        map_reader map(*rename, "rename", *out_);
        for (std::size_t i = 0; map.is_map() && i != rename->keys.size(); ++i)
            if (auto const path = key_path(rename->keys[i]); !path.empty())
                at(path).to = read_.text(&rename->items[i], rename->keys[i].text).value_or(path.keys.back());
    }
    if (transformed) {
        map_reader map(*transformed, "transform", *out_);
        for (std::size_t i = 0; map.is_map() && i != transformed->keys.size(); ++i) {
            auto const path = key_path(transformed->keys[i]);
            auto const name = read_.text(&transformed->items[i], transformed->keys[i].text);
            if (path.empty() || !name)
                continue;
            auto const known = std::ranges::find(transforms, *name, &named_transform::name);
            if (known != transforms.end())
                at(path).how = known->what;
            else
                read_.invalid(transformed->items[i], "unknown transform '" + *name + "'",
                              "one of number, python_bytes, list");
        }
    }
}

void adapter_reader::add(yaml_node const* node, event_recipe& into) {
    if (!node)
        return;
    map_reader map(*node, "add", *out_);
    for (std::size_t i = 0; map.is_map() && i != node->keys.size(); ++i)
        if (auto value = read_.scalar(&node->items[i], node->keys[i].text))
            into.add.emplace_back(node->keys[i].text, std::move(*value));
}

/// Reports a custom kind whose name is nearly that of a known one.
void adapter_reader::check_kind(std::string_view name, position where) {
    std::vector<std::string_view> known;
    for (auto const& each : known_source_kinds)
        known.push_back(each.name);
    if (std::ranges::find(known, name) != known.end())
        return;
    if (auto const meant = nearest(name, known); !meant.empty())
        out_->report(finding::unknown_source_kind, where, "no known producer makes '" + std::string(name) + "' events",
                     "did you mean '" + meant + "'?");
}

event_recipe adapter_reader::recipe(yaml_node const& node, event_adapter const& adapter, event_recipe const& common) {
    map_reader map(node, "an event", *out_);
    event_recipe one = common;
    one.when = conditions(map.find("when"), "when");
    auto const* const kind = map.require("source_kind");
    if (auto const text = read_.text(kind, "source_kind")) {
        if (auto const problem = read_identifier(boost::json::value(*text), one.source_kind); !problem.empty())
            read_.invalid(*kind, "source_kind" + problem);
        else
            check_kind(*text, kind->where);
    }
    one.for_each = {read_.path(map.find("for_each"), "for_each")};
    auto const* const with = map.find("with");
    one.with = read_.texts(with, "with");
    if (with && one.for_each.empty())
        out_->report(finding::conflicting_keys, map.where("with"), "'with' goes with 'for_each'");
    std::ranges::move(paths(map.find("required"), "required"), std::back_inserter(one.required));
    std::ranges::move(read_.texts(map.find("leave_out"), "leave_out"), std::back_inserter(one.leave_out));
    moves(map.find("rename"), map.find("transform"), one);
    add(map.find("add"), one);
    std::ranges::move(paths(map.find("id"), "id"), std::back_inserter(one.id));
    if (map.is_map() && one.id.empty() && adapter.source_id.empty())
        read_.invalid(node, "nothing distinguishes one event from another", "name members in 'id', or a 'source_id'");
    map.finish();
    return one;
}

} // namespace rulehost
