#include "event/cowrie_event.hpp"

#include "event/deterministic_uuid.hpp"
#include "event/document_fields.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace rulehost {

namespace {

using presence = document_fields::presence;

/// What rulehost makes of an event id of Cowrie.
struct mapping {
    std::string_view event_id;
    std::string_view source_kind;
    std::array<std::string_view, 2> distinguished_by; ///< beside sensor, session, time and event id
    std::string_view added_key;                       ///< a payload field that the event id stands for
    std::string_view added_value;
};

constexpr std::array mappings{
    mapping{"cowrie.command.input", "command", {"input", ""}, "", ""},
    mapping{"cowrie.login.success", "auth_attempt", {"username", "password"}, "result", "success"},
    mapping{"cowrie.login.failed", "auth_attempt", {"username", "password"}, "result", "failed"},
    mapping{"cowrie.session.file_download", "file_transfer", {"url", "shasum"}, "direction", "download"},
    mapping{"cowrie.session.file_upload", "file_transfer", {"filename", "shasum"}, "direction", "upload"},
    mapping{"cowrie.session.closed", "session", {"", ""}, "", ""},
    mapping{"cowrie.client.version", "client_fingerprint", {"version", ""}, "", ""},
    mapping{"cowrie.client.kex", "client_fingerprint", {"hassh", ""}, "", ""},
};

/// Members that become something else than payload; `message` only repeats the others in words.
constexpr std::array<std::string_view, 6> consumed{"eventid", "timestamp", "sensor", "session", "message", "uuid"};

std::string_view payload_key(std::string_view source_kind, std::string_view member) {
    if (member == "input")
        return "command_text";
    if (member == "protocol" && source_kind == "auth_attempt")
        return "service";
    if (member == "src_ip")
        return "src";
    return member;
}

std::string_view view(boost::json::string const& text) {
    return {text.data(), text.size()};
}

/// Some versions print the Python repr of bytes (`b'SSH-2.0-Go'`) and numbers as texts.
void undo_quirks(std::string_view member, boost::json::value& value) {
    auto* const text = value.if_string();
    if (!text)
        return;
    if (member == "version" && text->size() >= 3 && (text->starts_with("b'") || text->starts_with("b\"")) &&
        text->back() == (*text)[1]) {
        text->erase(text->size() - 1, 1);
        text->erase(0, 2);
    } else if (member == "duration") {
        double seconds = 0;
        auto const* const end = text->data() + text->size();
        if (auto const parsed = std::from_chars(text->data(), end, seconds); parsed.ec == std::errc() && parsed.ptr == end)
            value = seconds;
    }
}

std::string_view distinguishing_text(boost::json::object const& document, std::string_view member) {
    auto const* const found = member.empty() ? nullptr : document.if_contains(member);
    auto const* const text = found ? found->if_string() : nullptr;
    return text ? view(*text) : std::string_view();
}

} // namespace

std::string_view event_id_of(boost::json::object const& document) {
    auto const* const found = document.if_contains("eventid");
    auto const* const text = found ? found->if_string() : nullptr;
    return text ? view(*text) : std::string_view();
}

boost::system::result<void, bad_line> read_cowrie_event(boost::json::object& document, time_point arrived,
                                                        event_list& out) {
    document_fields fields(document);
    auto const event_id = fields.text("eventid", presence::required);
    auto const known = std::ranges::find(mappings, event_id, &mapping::event_id);
    if (fields.good() && known == mappings.end())
        return {};

    auto& e = out.add();
    std::optional<time_point> observed;
    fields.identifier("session", presence::required, e.session_id);
    fields.identifier("sensor", presence::optional, e.decky_id);
    fields.instant("timestamp", observed);
    auto const source = fields.text("src_ip", presence::required);
    if (fields.good() && known->source_kind == "command")
        fields.text("input", presence::required);
    if (!fields.good())
        return bad_line{std::move(fields.problem())};

    boost::system::error_code no_address;
    auto const address = boost::asio::ip::make_address(source, no_address);
    if (no_address)
        return bad_line{"src_ip is no address"};

    e.source_kind = known->source_kind;
    e.attacker_uuid = address_uuid(address);
    e.observed_at = observed.value_or(arrived);
    e.source_id = event_uuid({e.decky_id, e.session_id, observed ? format_time(*observed) : std::string(), event_id,
                              distinguishing_text(document, known->distinguished_by[0]),
                              distinguishing_text(document, known->distinguished_by[1])});

    boost::json::object payload(document.storage());
    payload.reserve(document.size() + 1);
    for (auto& member : document) {
        std::string_view const name(member.key().data(), member.key().size());
        if (std::ranges::find(consumed, name) != consumed.end())
            continue;
        undo_quirks(name, member.value());
        payload.insert_or_assign(payload_key(known->source_kind, name), std::move(member.value()));
    }
    if (!known->added_key.empty())
        payload.insert_or_assign(known->added_key, known->added_value);
    event_list::put_payload(e, std::move(payload));
    return {};
}

} // namespace rulehost
