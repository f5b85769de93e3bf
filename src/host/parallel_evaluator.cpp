#include "host/parallel_evaluator.hpp"

#include "async/thread_team.hpp"
#include "text/assertion.hpp"
#include "text/failure_reason.hpp"

#include <algorithm>
#include <exception>
#include <functional>
#include <iterator>
#include <new>
#include <string_view>
#include <utility>

namespace rulehost {

namespace {

// Lines in a piece of work: enough that dispatching is cheap, fewer towards the end so that all threads end at
// the same time. Bytes limit pieces of deliberately slow lines.
constexpr std::size_t max_piece_lines = 64;
constexpr std::size_t max_piece_bytes = 16 * 1024;
constexpr std::size_t min_piece_lines = 4;
constexpr std::size_t last_pieces_a_thread = 4;

/// Reserves, so that adding `more` elements cannot fail.
template <typename List>
void make_room(List& in, std::size_t more) {
    auto const wanted = in.size() + more;
    if (wanted <= in.capacity())
        return;
    try {
        in.reserve(std::max(wanted, 2 * in.capacity()));
    } catch (std::bad_alloc const&) {
        in.reserve(wanted);
    }
}

template <typename List>
void move_to_end(List& from, List& to) {
    std::ranges::move(from, std::back_inserter(to));
    from.clear();
}

} // namespace

void evaluated_lines::clear() {
    events = expired = 0;
    tags.clear();
    withheld.clear();
    failed.clear();
    steps.clear();
    lost_steps = 0;
    rejected.clear();
}

parallel_evaluator::parallel_evaluator(engine const& rules, std::size_t threads, time_source const& time,
                                       duration retention, bool keeps_steps)
    : rules_(rules),
      time_(time),
      retention_(retention),
      keeps_steps_(keeps_steps),
      team_(threads),
      evaluations_(threads),
      pieces_(1) {}

std::size_t parallel_evaluator::evaluate(std::span<event_batch::line const> lines, std::size_t first,
                                         std::span<line_reader const> readers, evaluated_lines& result) {
    RULEHOST_ASSERT(readers.size() >= threads());
    auto const now = time_.now();
    auto const end = time_.elapsed() + max_turn;
    auto const pieces = cut(lines, first);
    auto const work = [&](std::size_t number, std::size_t member) {
        auto& one = pieces_[number];
        auto& outcome = threads() == 1 ? result : one.outcome;
        auto* const later = threads() == 1 ? nullptr : &one.later;
        for (auto i = one.first; i != one.last; ++i)
            evaluate(lines[i], i, readers[member], now, evaluations_[member], outcome, later);
        if (time_.elapsed() >= end)
            team_.skip_rest();
    };
    auto const done = team_.run(pieces, std::ref(work));
    for (std::size_t i = 0; i != done; ++i)
        conclude(pieces_[i], result);
    return done == 0 ? first : pieces_[done - 1].last;
}

std::size_t parallel_evaluator::cut(std::span<event_batch::line const> lines, std::size_t first) {
    std::size_t pieces = 0;
    for (auto at = first; at != lines.size(); ++pieces) {
        if (pieces == pieces_.size() && !add_piece())
            break;
        auto& one = pieces_[pieces];
        one.outcome.clear();
        one.later.clear();
        auto const left = lines.size() - at;
        auto const wanted = std::clamp(left / (threads() * last_pieces_a_thread), min_piece_lines, max_piece_lines);
        one.first = at;
        auto bytes = max_piece_bytes;
        do
            bytes -= std::min(bytes, lines[at++].text.size());
        while (at != lines.size() && at - one.first != wanted && bytes != 0);
        one.last = at;
    }
    return pieces;
}

bool parallel_evaluator::add_piece() {
    try {
        pieces_.emplace_back();
        return true;
    } catch (std::bad_alloc const&) {
        return false;
    }
}

void parallel_evaluator::evaluate(event_batch::line const& line, std::size_t index, line_reader const& read,
                                  time_point now, evaluation& scratch, evaluated_lines& result,
                                  std::vector<feed>* later) const {
    if (!line.problem.empty()) {
        reject(index, line.problem, result);
        return;
    }
    line_events events;
    try {
        auto const read_events = read(line, now);
        if (!read_events) {
            result.rejected.push_back({index, read_events.error().reason});
            return;
        }
        events = *read_events;
    } catch (std::exception const& error) {
        result.rejected.push_back({index, "cannot be read: " + failure_reason(error)});
        return;
    }
    for (auto const& each : events) {
        try {
            evaluate(each, {index, line.number}, now, scratch, result, later);
        } catch (std::exception const& error) {
            result.rejected.push_back({index, "cannot be evaluated: " + failure_reason(error)});
        }
    }
    if (!events.problem.empty())
        reject(index, events.problem, result);
}

void parallel_evaluator::reject(std::size_t index, std::string_view reason, evaluated_lines& result) {
    try {
        result.rejected.push_back({index, std::string{reason}});
    } catch (std::bad_alloc const&) {
        result.rejected.push_back({index, "out of memory"}); // short enough to need no allocation
    }
}

void parallel_evaluator::evaluate(event const& one, line_place place, time_point now, evaluation& scratch,
                                  evaluated_lines& result, std::vector<feed>* later) const {
    if (is_expired(one, now, retention_)) {
        ++result.expired;
        return;
    }
    window_feed put_off;
    auto const why = later ? rules_.evaluate_ahead(one, now, scratch, put_off) : rules_.evaluate(one, now, scratch);
    if (why != refusal::none) {
        result.rejected.push_back({place.index, std::string{to_string(why)}});
        return;
    }
    if (later)
        make_room(*later, 1);
    auto const first_tag = result.tags.size();
    add(scratch, place, result);
    ++result.events;
    if (keeps_steps_)
        add_step(one, now, result);
    if (!put_off.empty())
        later->push_back({place, std::move(put_off), first_tag, result.tags.size()});
}

void parallel_evaluator::add_step(event const& of, time_point now, evaluated_lines& to) noexcept {
    try {
        if (auto step = step_of(of, now))
            to.steps.push_back(std::move(*step));
    } catch (std::exception const&) {
        ++to.lost_steps;
    }
}

void parallel_evaluator::add(evaluation& from, line_place place, evaluated_lines& to) {
    make_room(to.tags, from.tags.size());
    make_room(to.withheld, from.withheld.size());
    make_room(to.failed, from.failed.size());
    for (auto& each : from.tags)
        each.line = place.number;
    move_to_end(from.tags, to.tags);
    move_to_end(from.withheld, to.withheld);
    move_to_end(from.failed, to.failed);
}

void parallel_evaluator::conclude(piece& done, evaluated_lines& result) {
    try {
        make_room(result.rejected, done.outcome.rejected.size());
        make_room(result.withheld, done.outcome.withheld.size());
        make_room(result.failed, done.outcome.failed.size());
        make_room(result.tags, done.outcome.tags.size());
    } catch (std::bad_alloc const& error) {
        for (auto index = done.first; index != done.last; ++index)
            result.rejected.push_back({index, "cannot be evaluated: " + failure_reason(error)});
        return;
    }
    result.events += done.outcome.events;
    result.expired += done.outcome.expired;
    move_to_end(done.outcome.rejected, result.rejected);
    move_to_end(done.outcome.withheld, result.withheld);
    move_to_end(done.outcome.failed, result.failed);
    result.lost_steps += done.outcome.lost_steps;
    try {
        make_room(result.steps, done.outcome.steps.size());
        move_to_end(done.outcome.steps, result.steps);
    } catch (std::bad_alloc const&) {
        result.lost_steps += done.outcome.steps.size();
    }
    auto const tag_at = [&](std::size_t place) {
        return std::move_iterator{done.outcome.tags.begin() + static_cast<std::ptrdiff_t>(place)};
    };
    std::size_t taken = 0;
    auto& scratch = evaluations_.front();
    for (auto& each : done.later) {
        result.tags.insert(result.tags.end(), tag_at(taken), tag_at(each.first_tag));
        taken = each.first_tag;
        scratch.clear();
        try {
            scratch.tags.assign(tag_at(each.first_tag), tag_at(each.last_tag));
            taken = each.last_tag;
            rules_.feed_windows(std::move(each.what), scratch);
            make_room(result.tags, scratch.tags.size() + done.outcome.tags.size() - taken);
        } catch (std::exception const& error) {
            result.rejected.push_back({each.line.index, "cannot be correlated: " + failure_reason(error)});
            scratch.withheld.clear();
            scratch.failed.clear();
        }
        add(scratch, each.line, result);
    }
    result.tags.insert(result.tags.end(), tag_at(taken), tag_at(done.outcome.tags.size()));
}

} // namespace rulehost
