#pragma once

#include "async/thread_team.hpp"
#include "input/event_source.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/event_reader.hpp>
#include <rulehost/time_source.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
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
    std::vector<evaluation::withheld_hit> withheld;
    std::vector<compiled_rule_ptr> failed;
    std::vector<rejected_line> rejected; ///< no events, events that could not be made or were refused

    void clear();
};

/// Whether an event is older than tags are kept: its own may be gone, and would count as new. `retention` zero: none
/// is.
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
    /// No line is begun after so long, so that lines made to be slow keep nobody waiting who shares the caller's
    /// thread.
    static constexpr duration max_turn = std::chrono::milliseconds{10};

    /// Turns a line into events, valid until its next call. Of the readers of one input each serves one thread, and
    /// they are interchangeable: it must not matter which of them read the lines before.
    using line_reader =
        std::function<boost::system::result<line_events, bad_line>(event_batch::line const& line, time_point arrived)>;

    /// Events older than `retention` are not evaluated (zero: all are). Throws std::system_error when there are no more
    /// threads to be had.
    parallel_evaluator(engine const& rules, std::size_t threads, time_source const& time, duration retention = {});

    std::size_t threads() const { return team_.members(); }

    /// Evaluates the lines of a batch from number `first` on, and adds to `result` what became of them. `readers`: one
    /// for each thread. Returns the number of the line to go on with: that after the last, unless it took `max_turn` or
    /// there was no memory for more. A line or an event that throws is rejected with the reason, and the others go on.
    /// Throws std::bad_alloc when there is no memory to say even that; the lines are then evaluated in part.
    std::size_t evaluate(std::span<event_batch::line const> lines, std::size_t first,
                         std::span<line_reader const> readers, evaluated_lines& result);

private:
    struct line_place {
        std::size_t index;    ///< among those that are evaluated
        std::uint64_t number; ///< in the input
    };

    /// An event's window updates, and its range of the tags.
    struct feed {
        line_place line;
        window_feed what;
        std::size_t first_tag;
        std::size_t last_tag;
    };
    struct piece {
        std::size_t first = 0; ///< line
        std::size_t last = 0;  ///< the line after
        evaluated_lines outcome;
        std::vector<feed> later; ///< in the order of the events
    };

    /// Cuts the lines from `first` on into the first of `pieces_`, as far as there is memory for these, and returns how
    /// many those are.
    std::size_t cut(std::span<event_batch::line const> lines, std::size_t first);
    bool add_piece();

    /// `later`: where window feeds are put off to; null: they are not put off.
    void evaluate(event_batch::line const& line, std::size_t index, line_reader const& read, time_point now,
                  evaluation& scratch, evaluated_lines& result, std::vector<feed>* later) const;
    static void reject(std::size_t index, std::string_view reason, evaluated_lines& result);

    /// When it throws, nothing of the event is left in `result` and `later`.
    void evaluate(event const& one, line_place place, time_point now, evaluation& scratch, evaluated_lines& result,
                  std::vector<feed>* later) const;

    /// All of it, or nothing: then it throws.
    static void add(evaluation& from, line_place place, evaluated_lines& to);
    void conclude(piece& done, evaluated_lines& result);

    engine const& rules_;
    time_source const& time_;
    duration retention_;
    thread_team team_;
    std::vector<evaluation> evaluations_; ///< one a thread
    std::vector<piece> pieces_;
};

} // namespace rulehost
