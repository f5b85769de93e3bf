#include <rulehost/tag.hpp>

#include "uuid/named_uuid.hpp"

#include <boost/uuid/uuid_io.hpp>

namespace rulehost {

namespace {

// UUIDv5 of `decnet:ttp_tag:v1` in the URL namespace: 1ca31f08-5522-5aae-8371-fe81f0e39de3.
constexpr boost::uuids::uuid tag_namespace{
    {0x1c, 0xa3, 0x1f, 0x08, 0x55, 0x22, 0x5a, 0xae, 0x83, 0x71, 0xfe, 0x81, 0xf0, 0xe3, 0x9d, 0xe3}};

void append_escaped(std::string_view field, std::string& out) {
    for (char const c : field) {
        if (c == '|' || c == '\\')
            out += '\\';
        out += c;
    }
}

boost::json::value text_or_null(std::string const& text) {
    if (text.empty())
        return nullptr;
    return boost::json::value(text);
}

} // namespace

boost::uuids::uuid tag_uuid(std::string_view source_kind, std::string_view source_id, std::string_view rule_id,
                            std::int64_t rule_version, std::string_view technique_id,
                            std::string_view sub_technique_id) {
    std::string name;
    for (auto const field : {source_kind, source_id, rule_id}) {
        append_escaped(field, name);
        name += '|';
    }
    name += std::to_string(rule_version);
    for (auto const field : {technique_id, sub_technique_id}) {
        name += '|';
        append_escaped(field, name);
    }
    return named_uuid(tag_namespace, name);
}

std::string mitre_url(std::string_view technique_id, std::string_view sub_technique_id) {
    std::string url = "https://attack.mitre.org/techniques/";
    url += sub_technique_id.empty() ? technique_id : sub_technique_id;
    if (auto const dot = url.rfind('.'); !sub_technique_id.empty() && dot != std::string::npos)
        url[dot] = '/';
    return url + '/';
}

boost::json::object to_json(tag const& t) {
    return {
        {"uuid", boost::uuids::to_string(t.uuid)},
        {"source_kind", t.source_kind},
        {"source_id", t.source_id},
        {"attacker_uuid", text_or_null(t.attacker_uuid)},
        {"identity_uuid", text_or_null(t.identity_uuid)},
        {"session_id", text_or_null(t.session_id)},
        {"decky_id", text_or_null(t.decky_id)},
        {"tactic", text_or_null(t.tactic)},
        {"technique_id", t.technique_id},
        {"sub_technique_id", text_or_null(t.sub_technique_id)},
        {"confidence", t.confidence},
        {"rule_id", t.rule_id},
        {"rule_version", t.rule_version},
        {"evidence", t.evidence},
        {"attack_release", text_or_null(t.attack_release)},
        {"mitre_url", mitre_url(t.technique_id, t.sub_technique_id)},
        {"created_at", format_time(t.created_at)},
    };
}

} // namespace rulehost
