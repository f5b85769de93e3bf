#pragma once

#include "input/event_source.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/event_reader.hpp>
#include <rulehost/time_source.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace rulehost {

/// Results of lines, in their order. Keep one and its memory is reused.
struct evaluated_lines {
    struct rejected_line {
        std::size_t index = 0; ///< of the line, in its batch
        std::string reason;    ///< one sentence; may quote the line
    };

    std::uint64_t events = 0;
    std::uint64_t expired = 0; ///< events that were too old
    std::vector<tag> tags;
    std::vector<evaluation::suppressed_hit> suppressed;
    std::vector<compiled_rule_ptr> failed;
    std::vector<rejected_line> rejected; ///< no events, events that could not be made or were refused

    void clear();
};

/// Whether an event is older than tags are kept: its own may be gone, and would count as new. `retention` zero: none is.
inline bool is_expired(event const& observed, time_point now, duration retention) {
    return retention > duration::zero() && observed.observed_at != time_point{} &&
        observed.observed_at < now - retention;
}

/// Evaluates lines on several threads and comes to what one thread would come to: the tags stand in the order of the
/// lines, and windows are fed in that order, whatever they group by.
///
/// The caller's thread is one of the threads; with one there is no other, and nothing changes hands. Used by one
/// thread at a time. The engine and the time source outlive it.
class parallel_evaluator {
public:
    /// No line is begun after so long, so that lines made to be slow keep nobody waiting who shares the caller's thread.
    static constexpr duration max_turn = std::chrono::milliseconds{10};

    /// Turns a line into events, valid until its next call. Of the readers of one input each serves one thread, and
    /// they are interchangeable: it must not matter which of them read the lines before.
    using line_reader =
        std::function<boost::system::result<line_events, bad_line>(event_batch::line const& line, time_point arrived)>;

    /// Events older than `retention` are not evaluated (zero: all are). Throws std::system_error when there are no more
    /// threads to be had.
    parallel_evaluator(engine const& rules, std::size_t threads, time_source const& time, duration retention = {});
    ~parallel_evaluator();

    std::size_t threads() const;

    /// Evaluates the lines of a batch from number `first` on, and adds to `result` what became of them. `readers`: one for
    /// each thread. Returns the number of the line to go on with: that after the last, unless it took `max_turn`
    /// or there was no memory for more.
    /// A line or an event that throws is rejected with the reason, and the others go on. Throws std::bad_alloc when there is no
    /// memory to say even that; the lines are then evaluated in part.
    std::size_t evaluate(std::span<event_batch::line const> lines, std::size_t first,
                         std::span<line_reader const> readers, evaluated_lines& result);

private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace rulehost
