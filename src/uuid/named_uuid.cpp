#include "uuid/named_uuid.hpp"

#include <boost/uuid/name_generator.hpp>

#include <nettle/sha1.h>

#include <cstdint>

namespace rulehost {

// Nettle's SHA-1: Boost's takes five times as long, and OpenSSL's an allocation each.
boost::uuids::uuid named_uuid(boost::uuids::uuid const& space, std::string_view name) {
    sha1_ctx hash;
    sha1_init(&hash);
    sha1_update(&hash, space.size(), space.data);
    sha1_update(&hash, name.size(), reinterpret_cast<std::uint8_t const*>(name.data()));
    boost::uuids::uuid made;
    sha1_digest(&hash, made.size(), made.data);
    made.data[6] = static_cast<std::uint8_t>((made.data[6] & 0x0F) | 0x50); // version 5
    made.data[8] = static_cast<std::uint8_t>((made.data[8] & 0x3F) | 0x80); // RFC 4122's variant
    return made;
}

boost::uuids::uuid content_uuid(std::string_view content) {
    return named_uuid(boost::uuids::ns::oid(), content);
}

} // namespace rulehost
