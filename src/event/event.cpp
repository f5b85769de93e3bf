#include <rulehost/event.hpp>

#include "event/deterministic_uuid.hpp"
#include "text/utf8.hpp"

#include <boost/json/storage_ptr.hpp>

#include <utility>

namespace rulehost {

event::event(event const& other)
    : source_kind(other.source_kind),
      source_id(other.source_id),
      attacker_uuid(other.attacker_uuid),
      identity_uuid(other.identity_uuid),
      session_id(other.session_id),
      decky_id(other.decky_id),
      observed_at(other.observed_at),
      untimed(other.untimed),
      truncated(other.truncated),
      payload(other.payload, boost::json::storage_ptr()) {}

event event::command(std::string_view line, std::string session_id) {
    event typed;
    typed.source_kind = "command";
    auto const text = to_valid_utf8(line);
    typed.source_id = event_uuid({"command", session_id, text});
    typed.attacker_uuid = event_uuid({"command", session_id});
    typed.session_id = std::move(session_id);
    typed.payload["command_text"] = text;
    return typed;
}

std::string const* anchor(event const& e, std::string_view name) {
    if (name == "attacker_uuid")
        return &e.attacker_uuid;
    if (name == "identity_uuid")
        return &e.identity_uuid;
    if (name == "session_id")
        return &e.session_id;
    if (name == "decky_id")
        return &e.decky_id;
    return nullptr;
}

} // namespace rulehost
