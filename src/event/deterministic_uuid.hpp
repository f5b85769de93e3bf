#pragma once

#include <boost/asio/ip/address.hpp>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace rulehost {

/// The id of an event whose producer gave none: UUIDv5 of `parts` joined by `|` (each `|` and `\` inside a part
/// escaped with `\`) in the namespace UUIDv5(URL, `rulehost:event:v1`). The same observation has the same id
/// however often it is read.
std::string event_uuid(std::span<std::string_view const> parts);
std::string event_uuid(std::initializer_list<std::string_view> parts);

/// Who is behind a source address: UUIDv5 of its canonical text in the namespace UUIDv5(URL,
/// `rulehost:attacker:v1`). An IPv4 address mapped into IPv6 is the IPv4 address.
std::string address_uuid(boost::asio::ip::address address);

} // namespace rulehost
