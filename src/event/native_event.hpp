#pragma once

#include "event/event_list.hpp"

#include <rulehost/event_reader.hpp>

namespace rulehost {

/// Reads rulehost's own form of an event. Appends it to `out`, and a `command` event for each of the `commands` of a
/// session; reports errors in them to `out`.
boost::system::result<void, bad_line> read_native_event(boost::json::object& document, time_point arrived,
                                                        event_list& out);

} // namespace rulehost
