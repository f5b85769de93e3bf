#pragma once

#include "event/event_adapter.hpp"
#include "event/event_list.hpp"

#include <rulehost/event_reader.hpp>

namespace rulehost {

/// The events that a producer's document, which `line` is the text of, holds by its adapter; none when no kind of it
/// fits. The document is taken apart. `tokens` of the topic go into the payload of each. What is wrong with one of them
/// is told to `out`, and the others are made.
boost::system::result<void, bad_line> read_adapted_events(
    event_adapter const& adapter, known_members& document, std::string_view line,
    std::vector<std::pair<std::string_view, std::string_view>> const& tokens, time_point arrived, event_list& out);

} // namespace rulehost
