#include "event/deterministic_uuid.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <utility>

namespace rulehost {

namespace {

boost::uuids::uuid name_space(char const* name) {
    return boost::uuids::name_generator_sha1(boost::uuids::ns::url())(name);
}

std::string name_in(boost::uuids::uuid const& space, std::string_view name) {
    return to_string(boost::uuids::name_generator_sha1(space)(name.data(), name.size()));
}

} // namespace

void event_name::add(std::string_view part) {
    if (std::exchange(has_parts_, true))
        joined_.push_back('|');
    while (!part.empty()) {
        auto const plain = part.substr(0, part.find_first_of("|\\"));
        joined_.insert(joined_.end(), plain.begin(), plain.end());
        part.remove_prefix(plain.size());
        if (part.empty())
            break;
        joined_.insert(joined_.end(), {'\\', part.front()});
        part.remove_prefix(1);
    }
}

std::string event_name::uuid() const {
    static auto const space = name_space("rulehost:event:v1");
    return name_in(space, {joined_.data(), joined_.size()});
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
    return name_in(space, address.to_string());
}

} // namespace rulehost
