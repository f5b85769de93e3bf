#pragma once

#include <string>

namespace rulehost {

/// A message in the database until it is published. A value.
struct outbox_row {
    std::string message_id; ///< the same for every attempt; at most 255 bytes
    std::string topic;
    std::string payload; ///< JSON
};

} // namespace rulehost
