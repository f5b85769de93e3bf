#include "output/ecs_document.hpp"

#include "event/typed_text.hpp"
#include "output/tag_texts.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace rulehost {

namespace json = boost::json;

namespace {

constexpr std::string_view ecs_version = "8.11.0";

void add_text(json::object& to, std::string_view name, std::string_view text) {
    if (!text.empty())
        to[name] = text;
}

std::string_view text_in(json::object const& evidence, std::string_view name) {
    auto const* const value = evidence.if_contains(name);
    auto const* const text = value ? value->if_string() : nullptr;
    return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

json::object threat_of(tag const& about) {
    json::object tactic{{"id", json::array{about.tactic}}};
    if (!about.tactic_name.empty())
        tactic["name"] = json::array{about.tactic_name};
    auto const split = about.technique_name.find(": "); // before the name of a sub-technique
    json::object technique{{"id", json::array{about.technique_id}},
                           {"reference", json::array{mitre_url(about.technique_id, {})}}};
    if (!about.technique_name.empty())
        technique["name"] = json::array{about.technique_name.substr(0, split)};
    if (!about.sub_technique_id.empty()) {
        json::object subtechnique{{"id", json::array{about.sub_technique_id}},
                                  {"reference", json::array{mitre_url(about.technique_id, about.sub_technique_id)}}};
        if (split != std::string::npos)
            subtechnique["name"] = json::array{about.technique_name.substr(split + 2)};
        technique["subtechnique"] = std::move(subtechnique);
    }
    return {{"framework", "MITRE ATT&CK"}, {"tactic", std::move(tactic)}, {"technique", std::move(technique)}};
}

json::object own_fields(tag const& about) {
    json::object own{{"confidence", about.confidence}, {"source_kind", about.source_kind},
                     {"source_id", about.source_id},   {"revision", about.revision},
                     {"truncated", about.truncated},   {"undecided", about.undecided},
                     {"observe", about.observe},       {"evidence", json_text(about.evidence)}};
    if (about.clipped_from)
        own["clipped_from"] = *about.clipped_from;
    add_text(own, "attacker_uuid", about.attacker_uuid);
    add_text(own, "identity_uuid", about.identity_uuid);
    add_text(own, "session_id", about.session_id);
    add_text(own, "attack_release", about.attack_release);
    if (!about.input.empty()) {
        own["input"] = about.input;
        own["line"] = about.line;
    }
    return own;
}

void add_source(json::object& document, tag const& about) {
    if (about.src_ip.empty())
        return;
    json::object source{{"address", about.src_ip}};
    if (auto const ip = address_of(about); !ip.empty()) {
        source["ip"] = ip;
        document["related"] = json::object{{"ip", json::array{ip}}};
    }
    if (about.src_port)
        source["port"] = *about.src_port;
    document["source"] = std::move(source);
}

} // namespace

json::object ecs_document(tag const& about) {
    json::object document{{"@timestamp", format_time(happened_at(about))}, {"ecs", {{"version", ecs_version}}}};
    document["message"] = headline(about) + ": " + typed_text(about);
    document["event"] = {{"kind", "alert"},
                         {"category", json::array{"intrusion_detection"}},
                         {"type", json::array{"info"}},
                         {"module", "rulehost"},
                         {"dataset", "rulehost.tag"},
                         {"id", boost::uuids::to_string(about.uuid)},
                         {"created", format_time(about.created_at)}};
    json::object rule{{"id", about.rule_id}, {"version", std::to_string(about.rule_version)}};
    add_text(rule, "name", about.rule_name);
    document["rule"] = std::move(rule);
    document["threat"] = threat_of(about);
    add_source(document, about);
    json::object observer{{"type", "honeypot"}, {"product", "rulehost"}};
    add_text(observer, "name", about.decky_id);
    document["observer"] = std::move(observer);
    if (auto const line = text_in(about.evidence, "command_text"); !line.empty())
        document["process"] = json::object{{"command_line", line}};
    if (auto const name = text_in(about.evidence, "username"); !name.empty())
        document["user"] = json::object{{"name", name}};
    document["rulehost"] = own_fields(about);
    return document;
}

} // namespace rulehost
