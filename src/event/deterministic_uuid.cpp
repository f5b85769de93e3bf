#include "event/deterministic_uuid.hpp"

#include "uuid/named_uuid.hpp"

#include <boost/uuid/name_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace rulehost {

namespace {

boost::uuids::uuid name_space(std::string_view name) {
    return named_uuid(boost::uuids::ns::url(), name);
}

/// Canonical form. Writes IPv4 by hand, since the system uses a slow format string.
std::string text_of(boost::asio::ip::address const& address) {
    if (address.is_v6())
        return address.to_string();
    std::array<char, 16> text;
    auto* end = text.data();
    for (auto const byte : address.to_v4().to_bytes()) {
        if (end != text.data())
            *end++ = '.';
        end = std::to_chars(end, text.data() + text.size(), byte).ptr;
    }
    return {text.data(), end};
}

} // namespace

void event_name::add(std::string_view part) {
    if (std::exchange(has_parts_, true))
        joined_.push_back('|');
    for (auto at = part.begin(); at != part.end();) {
        auto const plain_end = std::find_if(at, part.end(), [](char c) { return c == '|' || c == '\\'; });
        joined_.insert(joined_.end(), at, plain_end);
        at = plain_end;
        if (at != part.end())
            joined_.insert(joined_.end(), {'\\', *at++});
    }
}

std::string event_name::uuid() const {
    static auto const space = name_space("rulehost:event:v1");
    return to_string(named_uuid(space, {joined_.data(), joined_.size()}));
}

std::string event_uuid(std::initializer_list<std::string_view> parts) {
    event_name name;
    for (auto const part : parts)
        name.add(part);
    return name.uuid();
}

std::string address_uuid(boost::asio::ip::address address) {
    static auto const space = name_space("rulehost:attacker:v1");
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    return to_string(named_uuid(space, text_of(address)));
}

} // namespace rulehost
