#include "output/alert_bodies.hpp"

#include "event/typed_text.hpp"
#include "http/http_target.hpp"
#include "output/tag_texts.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <utility>

namespace rulehost {

namespace json = boost::json;

namespace {

constexpr std::size_t max_member = 200; // bytes
constexpr std::size_t max_typed = 1000;

std::string_view falco_priority(tag const& about) {
    switch (level_of(about)) {
    case tag_level::warning:
        return "Warning";
    case tag_level::notice:
        return "Notice";
    case tag_level::informational:
        break;
    }
    return "Informational";
}

std::string_view alert_severity(tag const& about) {
    switch (level_of(about)) {
    case tag_level::warning:
        return "warning";
    case tag_level::notice:
        return "notice";
    case tag_level::informational:
        break;
    }
    return "info";
}

std::string rule_of(tag const& about) {
    return about.rule_name.empty() ? about.rule_id : about.rule_id + " " + about.rule_name;
}

/// `T1059.004 ... (0.9) from 203.0.113.5 on pot1: cat /etc/shadow`
std::string sentence(tag const& about) {
    auto text = headline(about);
    if (!about.src_ip.empty())
        text += " from " + relayed(about.src_ip, max_member);
    if (!about.decky_id.empty())
        text += " on " + relayed(about.decky_id, max_member);
    if (auto const typed = typed_text(about, max_typed); !typed.empty())
        text += ": " + relayed(typed, max_typed);
    return text;
}

void add_relayed(json::object& to, std::string_view name, std::string_view value) {
    if (!value.empty())
        to[name] = relayed(value, max_member);
}

} // namespace

std::string falco_event(tag const& about) {
    json::object fields{{"rule.id", about.rule_id},
                        {"tag.uuid", boost::uuids::to_string(about.uuid)},
                        {"threat.technique.id", technique_of(about)},
                        {"threat.tactic.id", about.tactic},
                        {"confidence", about.confidence}};
    add_relayed(fields, "fd.sip", about.src_ip);
    add_relayed(fields, "attacker.uuid", about.attacker_uuid);
    add_relayed(fields, "session.id", about.session_id);
    add_relayed(fields, "sensor", about.decky_id);
    if (auto const typed = typed_text(about, max_typed); !typed.empty())
        fields["proc.cmdline"] = relayed(typed, max_typed);
    json::array tags{"mitre_" + technique_of(about), "rulehost"};
    json::object event{{"output", sentence(about)}, {"priority", falco_priority(about)},
                       {"rule", rule_of(about)},    {"time", format_time(happened_at(about))},
                       {"source", "rulehost"},      {"output_fields", std::move(fields)},
                       {"tags", std::move(tags)}};
    add_relayed(event, "hostname", about.decky_id);
    return json_text(event);
}

std::string alertmanager_alerts(std::span<tag const> tags) {
    json::array alerts;
    for (auto const& about : tags) {
        json::object labels{{"alertname", rule_of(about)},
                            {"rule_id", about.rule_id},
                            {"technique", technique_of(about)},
                            {"severity", alert_severity(about)}};
        add_relayed(labels, "tactic", about.tactic);
        add_relayed(labels, "src_ip", about.src_ip);
        add_relayed(labels, "sensor", about.decky_id);
        json::object annotations{{"summary", headline(about)},
                                 {"description", sentence(about)},
                                 {"tag", boost::uuids::to_string(about.uuid)}};
        add_relayed(annotations, "session", about.session_id);
        // Alertmanager rejects an alert that begins after it ends, which a sensor's wrong clock could cause.
        auto const began = std::min(happened_at(about), about.created_at);
        alerts.push_back(json::object{{"labels", std::move(labels)},
                                      {"annotations", std::move(annotations)},
                                      {"startsAt", format_time(began)},
                                      {"generatorURL", mitre_url(about.technique_id, about.sub_technique_id)}});
    }
    return json_text(json::value(std::move(alerts)));
}

std::string alertmanager_path(std::string_view base) {
    return path_below(base, "/api/v2/alerts");
}

} // namespace rulehost
