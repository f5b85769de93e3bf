#include "engine/event_origin.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

namespace rulehost {

namespace {

constexpr std::size_t max_address = 255; // bytes: some data sets have a hash in its place

boost::json::string const* address_in(boost::json::object const& payload, std::string_view name) {
    auto const* const value = payload.if_contains(name);
    auto const* const text = value ? value->if_string() : nullptr;
    return text && text->size() <= max_address ? text : nullptr;
}

} // namespace

void describe_event(event const& e, tag& made) {
    made.source_kind = e.source_kind;
    made.source_id = e.source_id;
    made.attacker_uuid = e.attacker_uuid;
    made.identity_uuid = e.identity_uuid;
    made.session_id = e.session_id;
    made.decky_id = e.decky_id;
    made.observed_at.reset();
    made.src_port.reset();
    if (!e.untimed && e.observed_at != time_point{})
        made.observed_at = e.observed_at;
    made.src_ip = source_address(e);
    if (auto const* const port = e.payload.if_contains("src_port"); port && port->is_int64())
        if (auto const number = port->get_int64(); number >= 0 && number <= std::numeric_limits<std::uint16_t>::max())
            made.src_port = static_cast<std::uint16_t>(number);
}

std::string_view source_address(event const& e) {
    auto const* address = address_in(e.payload, "src");
    if (!address)
        address = address_in(e.payload, "src_ip");
    return address ? std::string_view(*address) : std::string_view();
}

} // namespace rulehost
