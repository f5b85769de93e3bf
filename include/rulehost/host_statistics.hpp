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

/// Counts of the lines of one input since the host was made. A value.
struct input_statistics {
    std::string name; ///< as configured
    std::uint64_t batches = 0;
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
    std::uint64_t events = 0;   ///< that were evaluated
    std::uint64_t tags = 0;     ///< that they came to, new or not
    std::uint64_t withheld = 0; ///< hits of rules that are disabled or below the floor
    std::uint64_t failures = 0; ///< rules that hit a matching limit
    std::uint64_t rejected = 0; ///< lines that are no event, and events that were refused
    std::uint64_t expired = 0;  ///< events older than tags are kept, which are not evaluated
    bool ended = false;
    std::string obstacle;                 ///< why it cannot be read at present; empty: it can
    std::vector<adapter_counts> adapters; ///< one entry for each that read something
    /// Of the lines of kinds that carry nothing to evaluate, by kind as the producer names it (hostile, and bounded as
    /// in `event_reader::skipped`). Known when nothing is read any more.
    std::map<std::string, std::uint64_t, std::less<>> skipped_kinds;
};

/// Counts of one output since the host was made. A value.
struct output_statistics {
    std::string name;          ///< as configured
    std::uint64_t sent = 0;    ///< tags that the receiver took
    std::uint64_t retries = 0; ///< attempts that failed because the receiver took nothing, and were repeated
    std::uint64_t lost = 0;    ///< messages that became dead letters: refused too often, or too many waited
    duration lag{};            ///< how long ago the oldest tag was made that it tries to send; zero: it tries none
};

/// A line that is no event, or whose event was refused.
struct rejected_line {
    std::string input;
    std::uint64_t line = 0;
    std::string reason; ///< may quote the line
};

/// Counters of a host. A value.
struct host_statistics {
    static constexpr std::size_t max_rejected_lines = 10;

    bool ready = false;                     ///< the rules are complete, and events are evaluated
    std::string awaited;                    ///< why they are not complete; empty: they are, or were not looked at yet
    std::vector<input_statistics> inputs;   ///< in the order of the options
    std::vector<output_statistics> outputs; ///< in the order of the options
    std::map<std::string, std::uint64_t> tags_by_technique; ///< by sub-technique where there is one
    std::vector<rejected_line> first_rejected;              ///< the first `max_rejected_lines`

    std::uint64_t stored_tags = 0;          ///< new ones
    std::uint64_t known_tags = 0;           ///< that the database already had
    std::uint64_t dead_letters = 0;         ///< lines, tags and messages that could not be worked on
    std::uint64_t dropped_dead_letters = 0; ///< of those, what their file did not take
    bool stores_tags = false;               ///< there is a database; else they are durable when they are printed
    std::uint64_t waiting_tags = 0;         ///< not durable yet
    std::uint64_t unprinted_tags = 0;       ///< that are stored, and standard output (or its like) did not take
    std::uint64_t spooled_bytes = 0;
    std::uint64_t unpublished_messages = 0;        ///< that wait for the broker, when this worker last looked
    std::uint64_t overflowed_messages = 0;         ///< that became dead letters because too many waited for the broker
    std::uint64_t expired_tags = 0;                ///< that this worker deleted because of their age
    std::uint64_t dropped_messages = 0;            ///< about rules: the broker was away for too long, or refused them
    std::optional<time_point> database_lost_since; ///< since when no tags were stored that should have been
    std::optional<duration> database_lost_for;     ///< how long that is ago, whatever the clock was set to meanwhile
    std::optional<time_point> rules_stale_since;   ///< since when the live rules may be behind the store
    std::optional<duration> rules_stale_for;
    std::string store_gone; ///< why there is no file of SQLite any more; empty: there is, or none is needed
    std::size_t live_rules = 0;
    std::size_t quarantined_rules = 0;
    std::size_t withheld_deletions = 0; ///< rules that are live although their files are gone
    std::size_t refused_rules = 0;      ///< of a master: what the database does not take of its directory
    duration_histogram propagation;     ///< from the commit of a rule's state until it is live here
};

/// Whether nothing was read so far.
bool is_empty(host_statistics const&);

/// Several lines for a person; what came from outside is escaped.
std::string to_text(host_statistics const&);

} // namespace rulehost
