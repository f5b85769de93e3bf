#include <rulehost/tag.hpp>

#include "event/tag_members.hpp"
#include "uuid/named_uuid.hpp"

#include <boost/json/parse.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace rulehost {

namespace {

// UUIDv5 of `decnet:ttp_tag:v1` in the URL namespace: 1ca31f08-5522-5aae-8371-fe81f0e39de3.
constexpr boost::uuids::uuid tag_namespace{
    {0x1c, 0xa3, 0x1f, 0x08, 0x55, 0x22, 0x5a, 0xae, 0x83, 0x71, 0xfe, 0x81, 0xf0, 0xe3, 0x9d, 0xe3}};

void append_escaped(std::string_view field, std::string& out) {
    if (field.find('|') == std::string_view::npos && field.find('\\') == std::string_view::npos) {
        out += field;
        return;
    }
    for (char const c : field) {
        if (c == '|' || c == '\\')
            out += '\\';
        out += c;
    }
}

} // namespace

boost::uuids::uuid tag_uuid(std::string_view source_kind, std::string_view source_id, std::string_view rule_id,
                            std::int64_t rule_version, std::string_view technique_id,
                            std::string_view sub_technique_id) {
    std::string name;
    name.reserve(128); // fits most names
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

void append_event_of(json_members& members, tag const& about) {
    members.text_or_null("observed_at", about.observed_at ? format_time(*about.observed_at) : std::string());
    members.text_or_null("src_ip", about.src_ip);
    members.number_or_null<std::int64_t>("src_port", about.src_port);
    members.text("source_kind", about.source_kind);
    members.text("source_id", about.source_id);
    members.text_or_null("attacker_uuid", about.attacker_uuid);
    members.text_or_null("identity_uuid", about.identity_uuid);
    members.text_or_null("session_id", about.session_id);
    members.text_or_null("decky_id", about.decky_id);
    members.text_or_null("sensor", about.decky_id);
    if (about.input.empty()) {
        members.null("origin");
    } else {
        json_members origin(members.begin("origin"));
        origin.text("input", about.input);
        origin.number("line", static_cast<std::int64_t>(about.line));
        origin.close();
    }
}

void append_judgement(json_members& members, tag const& made) {
    members.text_or_null("tactic", made.tactic);
    members.text_or_null("tactic_name", made.tactic_name);
    members.text("technique_id", made.technique_id);
    members.text_or_null("sub_technique_id", made.sub_technique_id);
    members.text_or_null("technique_name", made.technique_name);
    members.number("confidence", made.confidence);
    members.number_or_null("clipped_from", made.clipped_from);
    members.text("rule_id", made.rule_id);
    members.number("rule_version", made.rule_version);
    members.text_or_null("rule_name", made.rule_name);
    members.boolean("truncated", made.truncated);
    members.boolean("undecided", made.undecided);
    members.boolean("observe", made.observe);
    members.number("revision", static_cast<std::int64_t>(made.revision));
}

void append_json(std::string& out, tag const& t) {
    json_members members(out);
    members.text("uuid", boost::uuids::to_string(t.uuid));
    append_event_of(members, t);
    append_judgement(members, t);
    members.object("evidence", t.evidence);
    members.text_or_null("attack_release", t.attack_release);
    members.text("mitre_url", mitre_url(t.technique_id, t.sub_technique_id));
    members.text("created_at", format_time(t.created_at));
    members.close();
}

boost::json::object to_json(tag const& t) {
    std::string text;
    append_json(text, t);
    boost::json::parse_options options;
    options.max_depth = 256;
    options.allow_invalid_utf8 = true; // evidence holds the bytes of the event
    return boost::json::parse(text, {}, options).as_object();
}

} // namespace rulehost
