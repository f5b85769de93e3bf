#include "event/native_event.hpp"

#include "event/command_list.hpp"
#include "event/document_fields.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <utility>

namespace rulehost {

namespace {

using presence = document_fields::presence;

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
    e.untimed = !observed;
    if (!observed)
        out.note_untimed();
    event_list::put_payload(e, std::move(*payload));
    add_commands(out, at);
    return {};
}

} // namespace rulehost
