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

/// Format of the lines of an input: one of rulehost's own, or an adapter. A value, cheap to copy.
class event_format {
public:
    static event_format const
        detect; ///< by the line's topic, else by its content: the adapter that recognises it, or `event`
    static event_format const
        event; ///< rulehost's own JSON object: source_kind, source_id, anchors, observed_at, payload
    static event_format const text; ///< each line is a typed command line

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

/// The format of that name with these adapters (null: the shipped ones); empty for an unknown name.
std::optional<event_format> event_format_from(std::string_view name,
                                              std::shared_ptr<adapter_table const> adapters = nullptr);
/// Every format name with these adapters.
std::vector<std::string> event_format_names(std::shared_ptr<adapter_table const> adapters = nullptr);

/// Origin of a line. A value; only used during the call that receives it.
struct line_origin {
    std::string_view topic;     ///< subject at the broker; with `detect` it selects the adapter
    std::string_view input;     ///< name of the input, the same in every process that reads it
    std::uint64_t sequence = 0; ///< of the line in the input, the same on every read
    bool truncated = false;     ///< the line was too long and was shortened
};

/// Rejection of a line.
struct bad_line {
    std::string reason; ///< one sentence; may quote the line
};

/// The events of a line. A view.
struct line_events : std::ranges::view_interface<line_events> {
    std::span<event const> events;
    std::string_view problem; ///< why a part of the line failed, one sentence, may quote it; empty: none did

    auto begin() const { return events.begin(); }
    auto end() const { return events.end(); }
};

/// Turns lines into events. Lines are hostile: no content throws, and the memory used is bounded by the line's length.
/// Invalid UTF-8 is replaced by U+FFFD, so that a stray byte does not evade a rule.
///
/// Reuses its memory from line to line. Owned and used by one thread at a time.
class event_reader {
public:
    static constexpr std::size_t max_identifier_length = 255; ///< bytes of source_kind, source_id and the anchors
    static constexpr std::size_t max_commands = 10'000;   ///< of one session that become events; the rest are counted
    static constexpr std::size_t max_skipped_names = 256; ///< names with a counter of their own

    /// Counts by the producer's name for a kind of line.
    using counters = std::map<std::string, std::uint64_t, std::less<>>;

    static constexpr duration max_ahead_events =
        std::chrono::minutes{5};                                   ///< of its arrival: later event time is skewed
    static constexpr duration max_behind = std::chrono::hours{24}; ///< of its arrival: earlier event time is skewed

    explicit event_reader(event_format format);
    event_reader(event_reader const&) = delete;
    event_reader& operator=(event_reader const&) = delete;
    ~event_reader();

    /// The events of one line (without its line break), valid until the next call. None: the line is blank or of a kind
    /// with nothing to evaluate. A session with `commands` is followed by one `command` event each. `arrived` is the
    /// event time if the producer gave none. The id of a `text` line derives from its origin and content; the other
    /// formats carry ids. An invalid part of a line does not affect the other parts; a line without any valid event is
    /// an error.
    boost::system::result<line_events, bad_line> read(std::string_view line, time_point arrived,
                                                      line_origin const& origin = {});

    /// One entry for each adapter that has read a line.
    std::vector<adapter_counts> const& counts() const;

    /// Number of lines skipped because their kind has nothing to evaluate, by kind. Names past the limit count as
    /// `other`.
    counters const& skipped() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

/// Makes `result::value()` throw std::invalid_argument for a bad line.
[[noreturn]] void throw_exception_from_error(bad_line const&, boost::source_location const&);

} // namespace rulehost
