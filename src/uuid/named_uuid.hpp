#pragma once

#include <boost/uuid/uuid.hpp>

#include <string_view>

namespace rulehost {

/// UUIDv5 (RFC 4122) of `name` in the namespace `space`. Stable across machines and versions. Safe from any thread.
boost::uuids::uuid named_uuid(boost::uuids::uuid const& space, std::string_view name);

/// UUIDv5 of a text without a namespace of its own: a content hash.
boost::uuids::uuid content_uuid(std::string_view content);

} // namespace rulehost
