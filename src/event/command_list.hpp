#pragma once

#include "event/event_list.hpp"

#include <cstddef>

namespace rulehost {

/// If the event at `at` is a session whose payload has `commands`, adds a `command` event for each after it. Rejects an
/// invalid one alone; skips those past `event_reader::max_commands`.
void add_commands(event_list& out, std::size_t at);

} // namespace rulehost
