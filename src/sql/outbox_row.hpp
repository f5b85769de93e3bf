#pragma once

#include <string>

namespace rulehost {

/// A message that waits in the database until it was published. A value.
struct outbox_row {
    std::string message_id; ///< the same however often the message is sent; at most 255 bytes
    std::string topic;
    std::string payload; ///< JSON
};

} // namespace rulehost
