#pragma once

#include <rulehost/rule_definition.hpp>
#include <rulehost/time_point.hpp>

#include <boost/container/static_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/uuid/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

struct window_limits {
    std::size_t groups;
    std::size_t entries;
};

/// One event in a window.
struct window_entry {
    time_point at{};
    boost::uuids::uuid identity{};            ///< of the observation; duplicates count once. distinct_count needs none
    std::uint32_t steps = 0;                  ///< bit i: it satisfies step i
    std::vector<boost::uuids::uuid> values{}; ///< the values that distinct_count counts
    time_point arrived{};                     ///< by our clock, not the sensor's
};

/// State of one correlation: groups of events in event time. Bounded: beyond the limits it evicts, and counts, the
/// group fed least recently or the oldest entry of a group. Safe from any thread.
///
/// A window ends at the newest event of its group. An event that is late by at most the window's length is inserted in
/// order. One that is later, or ahead by more, begins a second time line of the group, so that neither a log read in
/// the wrong order nor a sensor with a wrong clock silences a group. A third time line replaces the one fed least
/// recently; the two share the entries of the group. Groups and time lines without arrivals during two window lengths
/// are removed, regardless of the event times of others.
class window {
public:
    struct outcome {
        bool fires = false;
        std::size_t reached = 0; ///< events, distinct values or steps
        std::size_t needed = 0;
        std::optional<time_point> fired_at; ///< when this event's time line last fired before it
    };
    struct totals {
        std::uint64_t groups = 0; ///< present
        std::uint64_t evicted_groups = 0;
        std::uint64_t evicted_entries = 0;
    };

    window(correlation const& definition, window_limits limits);

    outcome feed(std::string_view group_key, window_entry entry);
    /// The result that `feed` would give. Changes nothing.
    outcome would(std::string_view group_key, window_entry entry) const;

    totals statistics() const;

private:
    struct place {
        time_point at;
        std::uint32_t steps;
        boost::uuids::uuid identity; ///< of the observation; for distinct_count the value
    };
    /// Of a sequence: for each step the latest start of a chain that reached it.
    using chain_starts = std::vector<std::optional<time_point>>;
    struct time_line {
        std::vector<place> places; ///< by time
        chain_starts chains;
        time_point newest{};
        std::optional<time_point> fired_at;
        time_point fed{}; ///< when its last event arrived
    };
    struct group {
        std::string key;
        boost::container::static_vector<time_line, 2> lines; ///< one or two, most recently fed first
    };
    using order = std::list<group>; ///< most recently fed first

    std::uint64_t add(group& of, window_entry const& entry, outcome& result) const;
    /// The time line for the entry, moved to the front; a new one if none fits.
    time_line& line_for(group& of, window_entry const& entry) const;
    std::uint64_t share_room(group& between) const;
    std::uint64_t add_distinct(time_line& to, window_entry const& entry) const;
    /// Returns the number of evicted entries. `completes`: whether the event completes the sequence.
    std::uint64_t add_place(time_line& to, place what, bool& completes) const;
    /// Extends the chains by an event. Returns whether one ends with it.
    bool advance(chain_starts& chains, place const& by) const;
    /// Adds the chains through a late event. Returns whether one is complete.
    bool add_late_chains(time_line& to, place const& late) const;
    std::size_t capacity() const;
    order::iterator find_or_make(std::string_view group_key);
    void drop_stale(time_point now);

    correlation::node kind_;
    std::size_t needed_;
    duration within_;
    correlation::firing fires_;
    window_limits limits_;

    mutable std::mutex mutex_;
    order groups_;
    boost::unordered_flat_map<std::string_view, order::iterator> by_key_; ///< keys live in the groups
    std::uint64_t evicted_groups_ = 0;
    std::uint64_t evicted_entries_ = 0;
};

/// Whether two correlations have the same meaning, so that they can share a window.
bool same_meaning(correlation const& a, correlation const& b);

} // namespace rulehost
