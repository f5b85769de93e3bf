#pragma once

#include "async/thread_team.hpp"
#include "event/event_step.hpp"
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

/// Results of lines, in their order. Reuse one object to reuse its memory.
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
    std::vector<event_step> steps;       ///< of the events that were evaluated, where they are kept
    std::uint64_t lost_steps = 0;        ///< for which there was no memory
    std::vector<rejected_line> rejected; ///< lines that are not events, and events that failed or were rejected

    void clear();
};

/// Whether an event is older than the retention of tags: its tags may be deleted, and would count as new. `retention`
/// zero: never.
inline bool is_expired(event const& observed, time_point now, duration retention) {
    return retention > duration::zero() && observed.observed_at != time_point{} &&
        observed.observed_at < now - retention;
}

/// Evaluates lines on several threads with the same result as on one thread: tags are in the order of the lines, and
/// windows are fed in that order.
///
/// The caller's thread is one of the threads; with one thread there is no other, and no hand-over. Used by one thread
/// at a time. The engine and the time source outlive it.
class parallel_evaluator {
public:
    /// Time after which no further line is begun, so that deliberately slow lines do not block the caller's thread.
    static constexpr duration max_turn = std::chrono::milliseconds{10};

    /// Turns a line into events, valid until its next call. Each thread has a reader per input; they are
    /// interchangeable: the result must not depend on which of them read the earlier lines.
    using line_reader =
        std::function<boost::system::result<line_events, bad_line>(event_batch::line const& line, time_point arrived)>;

    /// Events older than `retention` are not evaluated (zero: all are). `keeps_steps`: results have the texts of events.
    /// Throws std::system_error if a thread cannot be started.
    parallel_evaluator(engine const& rules, std::size_t threads, time_source const& time, duration retention = {},
                       bool keeps_steps = false);

    std::size_t threads() const { return team_.members(); }

    /// Evaluates the lines of a batch from number `first` on, and adds their results to `result`. `readers`: one per
    /// thread. Returns the number of the next line: the one after the last, unless `max_turn` or the memory ran out. A
    /// line or an event that throws is rejected with the reason; the others continue. Throws std::bad_alloc if there is
    /// no memory even for the reason; then a part of the lines is evaluated.
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

    /// Splits the lines from `first` on into `pieces_`, as far as memory allows, and returns the number of pieces.
    std::size_t cut(std::span<event_batch::line const> lines, std::size_t first);
    bool add_piece();

    /// `later`: receives deferred window updates; null: they are not deferred.
    void evaluate(event_batch::line const& line, std::size_t index, line_reader const& read, time_point now,
                  evaluation& scratch, evaluated_lines& result, std::vector<feed>* later) const;
    static void reject(std::size_t index, std::string_view reason, evaluated_lines& result);

    /// Leaves nothing of the event in `result` and `later` when it throws.
    void evaluate(event const& one, line_place place, time_point now, evaluation& scratch, evaluated_lines& result,
                  std::vector<feed>* later) const;

    /// Throws nothing, so that tags do not depend on memory for steps.
    static void add_step(event const& of, time_point now, evaluated_lines& to) noexcept;

    /// Moves all of it, or throws and moves nothing.
    static void add(evaluation& from, line_place place, evaluated_lines& to);
    void conclude(piece& done, evaluated_lines& result);

    engine const& rules_;
    time_source const& time_;
    duration retention_;
    bool keeps_steps_;
    thread_team team_;
    std::vector<evaluation> evaluations_; ///< one a thread
    std::vector<piece> pieces_;
};

} // namespace rulehost
