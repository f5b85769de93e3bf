#pragma once

#include "event/event_list.hpp"

#include <rulehost/event_reader.hpp>

#include <string_view>

namespace rulehost {

/// The `eventid` of a line; empty when it has none.
std::string_view event_id_of(boost::json::object const& document);

/// One line of `cowrie.json` (docs.cowrie.org, "Output event code reference"). Appends nothing for an event id that
/// carries nothing to evaluate.
boost::system::result<void, bad_line> read_cowrie_event(boost::json::object& document, time_point arrived,
                                                        event_list& out);

} // namespace rulehost
