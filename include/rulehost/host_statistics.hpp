#pragma once

#include <rulehost/adapter_counts.hpp>
#include <rulehost/duration_histogram.hpp>
#include <rulehost/time_point.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// Counters of one input since the host was constructed. A value.
struct input_statistics {
    std::string name; ///< as configured
    std::uint64_t batches = 0;
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;   ///< that were evaluated
    std::uint64_t tags = 0;     ///< of those events, new or not
    std::uint64_t withheld = 0; ///< hits of rules that are disabled or below the floor
    std::uint64_t failures = 0; ///< rules that hit a matching limit
    std::uint64_t rejected = 0; ///< lines that are not events, and rejected events
    std::uint64_t expired = 0;  ///< events older than the retention of tags, which are not evaluated
    bool ended = false;
    std::string obstacle;                 ///< why it cannot be read now; empty: it can
    std::vector<adapter_counts> adapters; ///< one entry for each that has read a line
    /// Lines of kinds with nothing to evaluate, by kind as the producer names it (hostile, and bounded as in
    /// `event_reader::skipped`). Set once reading has ended.
    std::map<std::string, std::uint64_t, std::less<>> skipped_kinds;
};

/// Counters of one output since the host was constructed. A value.
struct output_statistics {
    std::string name;          ///< as configured
    std::uint64_t sent = 0;    ///< tags that the receiver took
    std::uint64_t retries = 0; ///< failed attempts that were repeated because the receiver took nothing
    std::uint64_t lost = 0;    ///< messages that became dead letters: rejected too often, or too many waited
    duration lag{};            ///< age of the oldest tag that it tries to send; zero: none
};

/// A line that is not an event, or whose event was rejected.
struct rejected_line {
    std::string input;
    std::uint64_t line = 0;
    std::string reason; ///< may quote the line
};

/// Counters of a host. A value.
struct host_statistics {
    static constexpr std::size_t max_rejected_lines = 10;

    bool ready = false;                     ///< the rules are complete, and events are evaluated
    std::string awaited;                    ///< why they are not complete; empty: they are, or no attempt was made yet
    std::vector<input_statistics> inputs;   ///< in the order of the options
    std::vector<output_statistics> outputs; ///< in the order of the options
    std::map<std::string, std::uint64_t> tags_by_technique; ///< by sub-technique where there is one
    std::vector<rejected_line> first_rejected;              ///< the first `max_rejected_lines`

    std::uint64_t stored_tags = 0;          ///< new ones
    std::uint64_t known_tags = 0;           ///< that the database already had
    std::uint64_t dead_letters = 0;         ///< lines, tags and messages that could not be processed
    std::uint64_t dropped_dead_letters = 0; ///< of those, not written to their file
    bool stores_tags = false;               ///< true with a database; else tags are durable once printed
    std::uint64_t waiting_tags = 0;         ///< not durable yet
    std::uint64_t unprinted_tags = 0;       ///< stored, but not taken by `printed`
    std::uint64_t spooled_bytes = 0;
    std::uint64_t unpublished_messages = 0;        ///< waiting for the broker, as of this worker's last count
    std::uint64_t overflowed_messages = 0;         ///< that became dead letters because too many waited for the broker
    std::uint64_t expired_tags = 0;                ///< that this worker deleted because of their age
    std::uint64_t dropped_messages = 0;            ///< about rules: the broker was away for too long, or rejected them
    std::uint64_t stored_steps = 0;                ///< texts of events of sessions; new ones
    std::uint64_t dropped_steps = 0;               ///< of them, not stored: the store does not keep up, or is away
    std::optional<time_point> database_lost_since; ///< since when tags could not be stored
    std::optional<duration> database_lost_for;     ///< how long ago that is, by the monotonic clock
    std::optional<time_point> rules_stale_since;   ///< since when the live rules may be behind the store
    std::optional<duration> rules_stale_for;
    std::string store_gone;  ///< why the SQLite file is gone; empty: it exists, or there is none
    std::string name_holder; ///< the process that runs under the name of this worker while this one waits; empty: none
    std::size_t live_rules = 0;
    std::size_t quarantined_rules = 0;
    std::size_t withheld_deletions = 0; ///< rules that are live although their files are gone
    std::size_t refused_rules = 0;      ///< of a master: rules of its directory that the database rejects
    std::size_t pinned_rules = 0;       ///< of a master: rules whose files it leaves alone because of a pin
    duration_histogram propagation;     ///< from the commit of a rule's state until it is live here
};

/// Whether nothing has been read yet.
bool is_empty(host_statistics const&);

/// Several lines for a person; outside text is escaped.
std::string to_text(host_statistics const&);

} // namespace rulehost
