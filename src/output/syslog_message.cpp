#include "output/syslog_message.hpp"

#include "event/typed_text.hpp"
#include "output/tag_texts.hpp"
#include "text/json_escape.hpp"
#include "text/utf8.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>
#include <rulehost/version.hpp>

#include <boost/json/object.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>

namespace rulehost {

namespace {

constexpr int security = 4; // facility
constexpr std::size_t max_host = 255;
constexpr std::size_t max_message = 300; // of a message without evidence
constexpr std::size_t max_field = 60;

int severity_of(tag const& about) {
    switch (level_of(about)) {
    case tag_level::warning:
        return 4;
    case tag_level::notice:
        return 5;
    case tag_level::informational:
        break;
    }
    return 6;
}

/// A part of the header: printable and without blanks.
std::string header_part(std::string_view text) {
    std::string part;
    for (char const c : text.substr(0, max_host))
        part += c > ' ' && c < 0x7f ? c : '_';
    return part.empty() ? "-" : part;
}

/// Every character beyond printable ASCII as `\x1b` or `\u{4e2d}`.
std::string ascii_text(std::string_view text, std::size_t limit) {
    std::string plain;
    auto const shown = escape_for_terminal(text);
    for (std::string_view rest = shown; !rest.empty();) {
        auto const unit = first_unit(rest);
        std::string one(rest.substr(0, unit.length));
        if (static_cast<unsigned char>(one.front()) >= 0x80) {
            char digits[8];
            auto const end =
                std::to_chars(std::begin(digits), std::end(digits), static_cast<unsigned>(unit.code_point), 16);
            one = "\\u{" + std::string(digits, end.ptr) + "}";
        }
        if (plain.size() + one.size() > limit)
            return plain + "...";
        plain += one;
        rest.remove_prefix(unit.length);
    }
    return plain;
}

std::string cef_text(std::string_view text, char special, std::size_t limit) {
    std::string safe;
    for (char const c : ascii_text(text, limit)) {
        if (c == '\\' || c == special)
            safe += '\\';
        safe += c;
    }
    return safe;
}

/// Members of a CEF extension.
class cef_fields {
public:
    void add(std::string_view name, std::string_view value, std::size_t limit) {
        if (!value.empty())
            text_.append(text_.empty() ? "" : " ").append(name).append("=").append(cef_text(value, '=', limit));
    }
    void add_labelled(std::string_view name, std::string_view label, std::string_view value, std::size_t limit) {
        if (value.empty())
            return;
        add(std::string(name) + "Label", label, limit);
        add(name, value, limit);
    }
    std::string const& text() const { return text_; }

private:
    std::string text_;
};

void add_source(cef_fields& fields, tag const& about) {
    auto const address = address_of(about);
    if (address.empty())
        fields.add_labelled("cs3", "source", about.src_ip, max_field); // the hash of an address
    else if (address.find(':') == std::string::npos)
        fields.add("src", address, max_field);
    else
        fields.add_labelled("c6a2", "Source IPv6 Address", address, max_field);
    if (about.src_port)
        fields.add("spt", std::to_string(*about.src_port), max_field);
}

std::string cef(tag const& about, std::size_t max_msg) {
    auto const happened = std::chrono::floor<std::chrono::milliseconds>(happened_at(about));
    cef_fields fields;
    fields.add("rt", std::to_string(happened.time_since_epoch().count()), max_field);
    add_source(fields, about);
    fields.add("dvchost", about.decky_id, max_field);
    fields.add("externalId", boost::uuids::to_string(about.uuid), max_field);
    fields.add("cat", about.tactic_name.empty() ? about.tactic : about.tactic_name, max_field);
    fields.add_labelled("cs1", "technique", technique_of(about), max_field);
    fields.add_labelled("cs2", "session", about.session_id, max_field);
    fields.add("msg", typed_text(about, max_msg), max_msg);
    auto const severity = std::clamp(static_cast<int>(about.confidence * 10 + 0.5), 0, 10);
    return "CEF:0|rulehost|rulehost|" + std::string(version) + '|' + cef_text(about.rule_id, '|', max_field) + '|' +
        cef_text(about.technique_name.empty() ? technique_of(about) : about.technique_name, '|', 2 * max_field) + '|' +
        std::to_string(severity) + '|' + fields.text();
}

std::string whole_json(tag const& about) {
    std::string text;
    append_json(text, about);
    return ascii_json(text);
}

std::string json_without_evidence(tag const& about) {
    auto shorter = about;
    shorter.evidence = {{"command_text", typed_text(about, max_message)}, {"truncated", true}};
    return whole_json(shorter);
}

/// Members of bounded length.
std::string main_json(tag const& about) {
    boost::json::object members{{"uuid", boost::uuids::to_string(about.uuid)},
                                {"observed_at", format_time(happened_at(about))},
                                {"technique_id", about.technique_id}};
    for (auto const& [name, value] : {std::pair<std::string_view, std::string_view>{"src_ip", about.src_ip},
                                      {"session_id", about.session_id},
                                      {"sensor", about.decky_id},
                                      {"sub_technique_id", about.sub_technique_id},
                                      {"rule_id", about.rule_id}})
        members[name] = visible(value, max_field);
    members["typed"] = visible(typed_text(about), max_field);
    members["truncated"] = true;
    return ascii_json(json_text(members));
}

std::string json_of(tag const& about, std::size_t room) {
    if (auto text = whole_json(about); text.size() <= room)
        return text;
    if (auto text = json_without_evidence(about); text.size() <= room)
        return text;
    return main_json(about);
}

std::string cef_of(tag const& about, std::size_t room) {
    constexpr std::size_t max_msg = 1023; // CEF's limit
    auto text = cef(about, max_msg);
    return text.size() <= room ? text : cef(about, max_field);
}

} // namespace

std::string syslog_message(tag const& about, syslog_format format, std::string_view host, std::size_t max_bytes) {
    auto const header = '<' + std::to_string(security * 8 + severity_of(about)) + ">1 " +
        format_time(happened_at(about)) + ' ' + header_part(host) + " rulehost - tag - ";
    auto const room = max_bytes - std::min(max_bytes, header.size());
    return header + (format == syslog_format::cef ? cef_of(about, room) : json_of(about, room));
}

std::string framed(std::string const& message) {
    return std::to_string(message.size()) + ' ' + message;
}

} // namespace rulehost
