#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/container/small_vector.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

namespace rulehost {

/// Id of an event whose producer gave none: UUIDv5 of the parts joined by `|` (each `|` and `\` inside a part escaped
/// with `\`) in the namespace UUIDv5(URL, `rulehost:event:v1`). The same observation has the same id on every read.
class event_name {
public:
    void add(std::string_view part);
    std::string uuid() const;

private:
    boost::container::small_vector<char, 512> joined_;
    bool has_parts_ = false;
};

std::string event_uuid(std::initializer_list<std::string_view> parts);

/// Attacker of a source address: UUIDv5 of its canonical text in the namespace UUIDv5(URL, `rulehost:attacker:v1`). An
/// IPv4 address mapped into IPv6 is the IPv4 address.
std::string address_uuid(boost::asio::ip::address address);

} // namespace rulehost
