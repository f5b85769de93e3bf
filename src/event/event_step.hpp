#pragma once

#include <rulehost/event.hpp>
#include <rulehost/time_point.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace rulehost {

/// The text of an event of a session, kept whether or not a rule tags it. A value; every text is attacker-controlled.
struct event_step {
    static constexpr std::size_t max_typed = 4096; ///< bytes
    static constexpr std::size_t max_id = 256;     ///< bytes of the other texts

    std::string session_id;
    std::string source_kind;
    std::string source_id;
    time_point happened_at{};
    std::string typed;        ///< see `typed_text`
    std::int64_t ordinal = 0; ///< orders the steps of one time
};

/// Empty for an event without a session, an id or a text, and for one with a longer id than `max_id`. `arrived`: the time of an
/// event that has none.
std::optional<event_step> step_of(event const& observed, time_point arrived);

/// About how many bytes of memory it takes.
std::size_t weight_of(event_step const&);

} // namespace rulehost
