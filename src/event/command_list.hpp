#pragma once

#include "event/event_list.hpp"

#include <cstddef>

namespace rulehost {

/// Where the event at `at` is a session whose payload has `commands`, a `command` event for each is added behind it.
/// One that is wrong is refused alone; those past `event_reader::max_commands` are left out.
void add_commands(event_list& out, std::size_t at);

} // namespace rulehost
