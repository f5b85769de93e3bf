#pragma once

#include "event/event_list.hpp"

#include <cstddef>
#include <string>

namespace rulehost {

/// Where the event at `at` is a session whose payload has `commands`, a `command` event for each is added behind it.
/// Returns what is wrong with them, and nothing when all is well.
std::string add_commands(event_list& out, std::size_t at);

} // namespace rulehost
