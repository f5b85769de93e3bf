#pragma once

#include <boost/uuid/uuid.hpp>

#include <string_view>

namespace rulehost {

/// UUIDv5 (RFC 4122) of `name` in the namespace `space`. The same everywhere and for ever. Safe from any thread.
boost::uuids::uuid named_uuid(boost::uuids::uuid const& space, std::string_view name);

/// The UUIDv5 of a text that no namespace of its own is known for: what tells one content from another.
boost::uuids::uuid content_uuid(std::string_view content);

} // namespace rulehost
