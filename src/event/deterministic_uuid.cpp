#include "event/deterministic_uuid.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace rulehost {

namespace {

boost::uuids::uuid name_space(char const* name) {
    return boost::uuids::name_generator_sha1(boost::uuids::ns::url())(name);
}

std::string name_in(boost::uuids::uuid const& space, std::string const& name) {
    return to_string(boost::uuids::name_generator_sha1(space)(name));
}

} // namespace

std::string event_uuid(std::span<std::string_view const> parts) {
    static auto const space = name_space("rulehost:event:v1");
    std::string name;
    char const* separator = "";
    for (auto const part : parts) {
        name += separator;
        for (char const c : part) {
            if (c == '|' || c == '\\')
                name += '\\';
            name += c;
        }
        separator = "|";
    }
    return name_in(space, name);
}

std::string event_uuid(std::initializer_list<std::string_view> parts) {
    return event_uuid(std::span(parts.begin(), parts.size()));
}

std::string address_uuid(boost::asio::ip::address address) {
    static auto const space = name_space("rulehost:attacker:v1");
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    return name_in(space, address.to_string());
}

} // namespace rulehost
