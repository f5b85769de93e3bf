#include "event/command_list.hpp"

#include "event/deterministic_uuid.hpp"
#include "event/document_fields.hpp"

#include <rulehost/event_reader.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace rulehost {

namespace {

using presence = document_fields::presence;

bool is_short(boost::json::value const& value) {
    return !value.is_structured() && (!value.is_string() || value.get_string().size() <= max_shared_text);
}

/// One of the `commands` of a session: its text, or an object with `command_text` and further fields. Returns the
/// error; empty: none.
std::string read_command(boost::json::value& command, std::size_t index, std::size_t session_at, event_list& out) {
    boost::json::object payload(command.storage());
    std::string own_id;
    std::optional<time_point> at;
    if (command.is_string()) {
        payload.emplace("command_text", std::move(command));
    } else if (auto* const object = command.if_object()) {
        document_fields fields(*object);
        fields.identifier("source_id", presence::optional, own_id);
        fields.instant("observed_at", at);
        fields.text("command_text", presence::required);
        if (!fields.good())
            return "commands[" + std::to_string(index) + "]: " + fields.problem();
        payload = std::move(*object);
    } else {
        return "commands[" + std::to_string(index) + "] is neither a text nor an object";
    }

    auto& e = out.add();
    auto const& session = out[session_at];
    e.source_kind = "command";
    e.source_id =
        !own_id.empty() ? std::move(own_id) : event_uuid({"command", session.source_id, std::to_string(index)});
    e.attacker_uuid = session.attacker_uuid;
    e.identity_uuid = session.identity_uuid;
    e.session_id = session.session_id;
    e.decky_id = session.decky_id;
    e.observed_at = at.value_or(session.observed_at);
    e.untimed = !at && session.untimed;
    for (auto const* const name : {"src", "src_ip", "src_port"})
        if (auto const* const known = session.payload.if_contains(name); known && is_short(*known))
            payload.emplace(name, *known);
    event_list::put_payload(e, std::move(payload));
    return {};
}

} // namespace

void add_commands(event_list& out, std::size_t at) {
    if (out[at].source_kind != "session")
        return;
    auto const* const found = out[at].payload.if_contains("commands");
    if (!found)
        return;
    // Moves from a copy: rules may test the session's own list too.
    boost::json::value commands(*found, found->storage());
    auto* const list = commands.if_array();
    if (!list)
        return out.refuse("commands is not a list");
    auto const count = std::min(list->size(), event_reader::max_commands);
    out.leave_out(list->size() - count);
    for (std::size_t index = 0; index != count; ++index)
        if (auto problem = read_command((*list)[index], index, at, out); !problem.empty())
            out.refuse(std::move(problem));
}

} // namespace rulehost
