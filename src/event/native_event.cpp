#include "event/native_event.hpp"

#include "event/deterministic_uuid.hpp"
#include "event/document_fields.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <utility>

namespace rulehost {

namespace {

using presence = document_fields::presence;

/// One of the `commands` of a session: its text, or an object with `command_text` and whatever else is known of it.
void read_command(boost::json::value& command, std::size_t index, std::size_t session_at, event_list& out,
                  document_fields& session_fields) {
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
            return session_fields.refuse("commands[" + std::to_string(index) + "]: " + fields.problem());
        payload = std::move(*object);
    } else {
        return session_fields.refuse("commands[" + std::to_string(index) + "] is neither a text nor an object");
    }

    auto& e = out.add();
    auto const& session = out[session_at];
    e.source_kind = "command";
    e.source_id = !own_id.empty() ? std::move(own_id) : event_uuid({"command", session.source_id, std::to_string(index)});
    e.attacker_uuid = session.attacker_uuid;
    e.identity_uuid = session.identity_uuid;
    e.session_id = session.session_id;
    e.decky_id = session.decky_id;
    e.observed_at = at.value_or(session.observed_at);
    event_list::put_payload(e, std::move(payload));
}

} // namespace

boost::system::result<void, bad_line> read_native_event(boost::json::object& document, time_point arrived,
                                                        event_list& out) {
    document_fields fields(document);
    auto const at = out.size();
    auto& e = out.add();
    std::optional<time_point> observed;
    fields.identifier("source_kind", presence::required, e.source_kind);
    fields.identifier("source_id", presence::required, e.source_id);
    fields.identifier("attacker_uuid", presence::optional, e.attacker_uuid);
    fields.identifier("identity_uuid", presence::optional, e.identity_uuid);
    fields.identifier("session_id", presence::optional, e.session_id);
    fields.identifier("decky_id", presence::optional, e.decky_id);
    fields.instant("timestamp", observed);
    fields.instant("observed_at", observed);
    auto* const payload = fields.object("payload", presence::required);
    if (!fields.good())
        return bad_line{std::move(fields.problem())};
    e.observed_at = observed.value_or(arrived);
    bool const has_commands = e.source_kind == "session" && payload->contains("commands");
    event_list::put_payload(e, std::move(*payload));
    if (!has_commands)
        return {};

    // Read from a copy: a rule may look at the session's own list as well.
    auto commands = out[at].payload.at("commands");
    auto* const list = commands.if_array();
    if (!list)
        fields.refuse("commands is not a list");
    else if (list->size() > event_reader::most_commands)
        fields.refuse("commands has more than " + std::to_string(event_reader::most_commands) + " entries");
    else
        for (std::size_t index = 0; index < list->size() && fields.good(); ++index)
            read_command((*list)[index], index, at, out, fields);
    if (!fields.good())
        return bad_line{std::move(fields.problem())};
    return {};
}

} // namespace rulehost
