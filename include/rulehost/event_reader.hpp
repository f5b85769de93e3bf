#pragma once

#include <rulehost/adapter_counts.hpp>
#include <rulehost/adapter_table.hpp>
#include <rulehost/event.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost {

/// How the lines of an input are understood: by its name, one of rulehost's own or an adapter's. A value, cheap to
/// copy.
class event_format {
public:
    static event_format const
        detect; ///< each line by its topic, or by itself: whichever adapter recognises it, or `event`
    static event_format const
        event; ///< rulehost's own JSON object: source_kind, source_id, anchors, observed_at, payload
    static event_format const text; ///< each line is a command line that somebody typed

    std::string const& name() const { return name_; }
    std::shared_ptr<adapter_table const> const& adapters() const;

    friend bool operator==(event_format const& left, event_format const& right) { return left.name_ == right.name_; }

private:
    friend std::optional<event_format> event_format_from(std::string_view, std::shared_ptr<adapter_table const>);
    event_format(std::string name, std::shared_ptr<adapter_table const> adapters)
        : name_(std::move(name)), adapters_(std::move(adapters)) {}

    std::string name_;
    std::shared_ptr<adapter_table const> adapters_; ///< null: the shipped ones
};

inline event_format const event_format::detect{"detect", nullptr};
inline event_format const event_format::event{"event", nullptr};
inline event_format const event_format::text{"text", nullptr};

/// The format of that name with these adapters (null: the shipped ones); empty when nobody has it.
std::optional<event_format> event_format_from(std::string_view name,
                                              std::shared_ptr<adapter_table const> adapters = nullptr);
/// Every name there is with these adapters.
std::vector<std::string> event_format_names(std::shared_ptr<adapter_table const> adapters = nullptr);

/// Where a line came from. A value that is looked at during the call it is given to.
struct line_origin {
    std::string_view topic;     ///< subject of the broker; with `detect` it chooses the adapter
    std::string_view input;     ///< which input, by the same name in every process that reads it
    std::uint64_t sequence = 0; ///< of the line in the input, the same whenever it is read
    bool truncated = false;     ///< the line was too long: what is read is a part of it
};

/// Why a line is no event.
struct bad_line {
    std::string reason; ///< one sentence; may quote the line
};

/// The events of a line: a view.
struct line_events : std::ranges::view_interface<line_events> {
    std::span<event const> events;
    std::string_view problem; ///< why a part of the line is no event, one sentence, may quote it; empty: all of it is

    auto begin() const { return events.begin(); }
    auto end() const { return events.end(); }
};

/// Turns lines into events. What a line holds is hostile: nothing in it throws, and what is read from it is bounded
/// by the line's length. Text that is not UTF-8 is read with U+FFFD in place of what is wrong, so that nobody
/// escapes a rule by a stray byte.
///
/// Reuses its memory from line to line. Owned and used by one thread at a time.
class event_reader {
public:
    static constexpr std::size_t max_identifier_length = 255; ///< bytes of source_kind, source_id and the anchors
    static constexpr std::size_t max_commands = 10'000;   ///< of one session that become events; the rest is counted
    static constexpr std::size_t max_skipped_names = 256; ///< that are counted apart

    /// Counts by the producer's name for a kind of line.
    using counters = std::map<std::string, std::uint64_t, std::less<>>;

    static constexpr duration max_ahead_events =
        std::chrono::minutes{5};                                   ///< of its arrival: later event time is skewed
    static constexpr duration max_behind = std::chrono::hours{24}; ///< of its arrival: earlier event time is skewed

    explicit event_reader(event_format format);
    event_reader(event_reader const&) = delete;
    event_reader& operator=(event_reader const&) = delete;
    ~event_reader();

    /// The events of one line (without its line break), valid until the next call. None: the line is blank or
    /// of a kind that carries nothing to evaluate. A session with `commands` is followed by one `command` event each.
    /// `arrived` is the event time where the producer gave none. A line of `text` is known again by its origin and
    /// what it says; the other formats have ids of their own.
    /// A part of the line that gives no event takes nothing else along; a bad line is one without any event.
    boost::system::result<line_events, bad_line> read(std::string_view line, time_point arrived,
                                                      line_origin const& origin = {});

    /// One entry for each adapter that read something so far.
    std::vector<adapter_counts> const& counts() const;

    /// How many lines were skipped because their kind carries nothing to evaluate. Names past the bound count
    /// together as `other`.
    counters const& skipped() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

/// Makes `result::value()` throw std::invalid_argument for a bad line.
[[noreturn]] void throw_exception_from_error(bad_line const&, boost::source_location const&);

} // namespace rulehost
