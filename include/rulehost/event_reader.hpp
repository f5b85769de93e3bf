#pragma once

#include <rulehost/event.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rulehost {

/// How the lines of a producer are to be understood.
enum class event_format {
    detect, ///< each line by itself: Cowrie's where it has an `eventid` of Cowrie's, rulehost's own otherwise
    event,  ///< rulehost's own: a JSON object with source_kind, source_id, anchors, observed_at, payload
    cowrie, ///< `cowrie.json`
    text,   ///< each line is a command line that somebody typed
};

std::string_view to_string(event_format);
std::optional<event_format> event_format_from(std::string_view);

/// Why a line is no event.
struct bad_line {
    std::string reason; ///< one sentence; may quote the line
};

/// Turns lines into events. What a line holds is hostile: nothing in it throws, and what is read from it is bounded
/// by the line's length. Text that is not UTF-8 is read with U+FFFD in place of what is wrong, so that nobody
/// escapes a rule by a stray byte.
///
/// Reuses its memory from line to line. Owned and used by one thread at a time.
class event_reader {
public:
    static constexpr std::size_t longest_identifier = 255;   ///< bytes of source_kind, source_id and the anchors
    static constexpr std::size_t most_commands = 10'000;     ///< in the `commands` of one session
    static constexpr std::size_t most_skipped_names = 256;   ///< that are counted apart

    /// Counts by the producer's name for a kind of line.
    using counters = std::map<std::string, std::uint64_t, std::less<>>;

    explicit event_reader(event_format format);
    event_reader(event_reader const&) = delete;
    event_reader& operator=(event_reader const&) = delete;
    ~event_reader();

    /// The events of one line (without its line break), valid until the next call. None: the line is blank or
    /// of a kind that carries nothing to evaluate. A session with `commands` is followed by one `command` event each.
    /// `arrived` is the event time where the producer gave none.
    boost::system::result<std::span<event const>, bad_line> read(std::string_view line, time_point arrived);

    /// How many lines were skipped because their kind carries nothing to evaluate. Names past the bound count
    /// together as `other`.
    counters const& skipped() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

/// What `result::value()` throws for a bad line: std::invalid_argument.
[[noreturn]] void throw_exception_from_error(bad_line const&, boost::source_location const&);

} // namespace rulehost
