#pragma once

#include "event/event_adapter.hpp"
#include "event/event_list.hpp"

#include <rulehost/event_reader.hpp>

namespace rulehost {

/// Makes the events of a producer's document, whose text is `line`, by its adapter; none if no kind matches. Consumes
/// the document. `tokens` of the topic go into the payload of each. Reports an invalid event to `out` and continues
/// with the others.
boost::system::result<void, bad_line> read_adapted_events(
    event_adapter const& adapter, known_members& document, std::string_view line,
    std::vector<std::pair<std::string_view, std::string_view>> const& tokens, time_point arrived, event_list& out);

} // namespace rulehost
