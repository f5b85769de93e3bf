#include "host/parallel_evaluator.hpp"

#include "text/assertion.hpp"
#include "time/thread_team.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rulehost {

namespace {

// What is handed out at once: enough that handing it out costs nothing, and less towards the end, that all threads end at
// the same time. Bytes are what lines made to be slow take their time by.
constexpr std::size_t most_lines_a_piece = 64;
constexpr std::size_t most_bytes_a_piece = 16 * 1024;
constexpr std::size_t fewest_lines_a_piece = 4;
constexpr std::size_t last_pieces_a_thread = 4;

template <typename List>
void move_to_end(List& from, List& to) {
    std::ranges::move(from, std::back_inserter(to));
}

} // namespace

void evaluated_lines::clear() {
    events = 0;
    tags.clear();
    suppressed.clear();
    failed.clear();
    rejected.clear();
}

class parallel_evaluator::implementation {
public:
    implementation(engine const& rules, std::size_t threads, time_source const& time)
        : rules_(rules), time_(time), team_(threads), evaluations_(threads) {}

    std::size_t threads() const { return team_.members(); }

    std::size_t evaluate(std::span<event_batch::line const> lines, std::size_t first, std::span<line_reader const> readers,
                         evaluated_lines& result) {
        RULEHOST_ASSERT(readers.size() >= threads());
        auto const now = time_.now();
        auto const end = time_.elapsed() + longest_turn;
        auto const pieces = cut(lines, first);
        auto const done = team_.run(pieces, [&](std::size_t number, std::size_t member) {
            auto& one = pieces_[number];
            auto& outcome = threads() == 1 ? result : one.outcome;
            auto* const later = threads() == 1 ? nullptr : &one.later;
            for (auto i = one.first; i != one.last; ++i)
                evaluate(lines[i], i, readers[member], now, evaluations_[member], outcome, later);
            if (time_.elapsed() >= end)
                team_.begin_no_more();
        });
        for (std::size_t i = 0; i != done; ++i)
            conclude(pieces_[i], result);
        return done == 0 ? first : pieces_[done - 1].last;
    }

private:
    /// What an event says to windows, and which of the tags are its own.
    struct feed {
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

    /// Cuts the lines from `first` on into the first of `pieces_`, and returns how many those are.
    std::size_t cut(std::span<event_batch::line const> lines, std::size_t first) {
        std::size_t pieces = 0;
        for (auto at = first; at != lines.size(); ++pieces) {
            if (pieces == pieces_.size())
                pieces_.emplace_back();
            auto& one = pieces_[pieces];
            one.outcome.clear();
            one.later.clear();
            auto const left = lines.size() - at;
            auto const wanted = std::clamp(left / (threads() * last_pieces_a_thread), fewest_lines_a_piece, most_lines_a_piece);
            one.first = at;
            auto bytes = most_bytes_a_piece;
            do
                bytes -= std::min(bytes, lines[at++].text.size());
            while (at != lines.size() && at - one.first != wanted && bytes != 0);
            one.last = at;
        }
        return pieces;
    }

    /// `later`: where window feeds are put off to; null: they are not put off.
    void evaluate(event_batch::line const& line, std::size_t index, line_reader const& read, time_point now,
                  evaluation& scratch, evaluated_lines& result, std::vector<feed>* later) const {
        if (!line.problem.empty()) {
            result.rejected.push_back({index, std::string{line.problem}});
            return;
        }
        auto const events = read(line, now);
        if (!events) {
            result.rejected.push_back({index, events.error().reason});
            return;
        }
        for (auto const& each : *events) {
            window_feed put_off;
            auto const why = later ? rules_.evaluate_ahead(each, now, scratch, put_off) : rules_.evaluate(each, now, scratch);
            if (why != refusal::none) {
                result.rejected.push_back({index, std::string{to_string(why)}});
                continue;
            }
            ++result.events;
            auto const first_tag = result.tags.size();
            add(scratch, result);
            if (!put_off.empty())
                later->push_back({std::move(put_off), first_tag, result.tags.size()});
        }
    }

    static void add(evaluation& from, evaluated_lines& to) {
        move_to_end(from.tags, to.tags);
        move_to_end(from.suppressed, to.suppressed);
        move_to_end(from.failed, to.failed);
    }

    void conclude(piece& done, evaluated_lines& result) {
        result.events += done.outcome.events;
        move_to_end(done.outcome.rejected, result.rejected);
        move_to_end(done.outcome.suppressed, result.suppressed);
        move_to_end(done.outcome.failed, result.failed);
        auto const tag_at = [&](std::size_t place) {
            return std::move_iterator{done.outcome.tags.begin() + static_cast<std::ptrdiff_t>(place)};
        };
        std::size_t taken = 0;
        auto& scratch = evaluations_.front();
        for (auto& each : done.later) {
            result.tags.insert(result.tags.end(), tag_at(taken), tag_at(each.first_tag));
            scratch.clear();
            scratch.tags.assign(tag_at(each.first_tag), tag_at(each.last_tag));
            rules_.feed_windows(std::move(each.what), scratch);
            add(scratch, result);
            taken = each.last_tag;
        }
        result.tags.insert(result.tags.end(), tag_at(taken), tag_at(done.outcome.tags.size()));
    }

    engine const& rules_;
    time_source const& time_;
    thread_team team_;
    std::vector<evaluation> evaluations_; ///< one a thread
    std::vector<piece> pieces_;
};

parallel_evaluator::parallel_evaluator(engine const& rules, std::size_t threads, time_source const& time)
    : implementation_(std::make_unique<implementation>(rules, threads, time)) {}

parallel_evaluator::~parallel_evaluator() = default;

std::size_t parallel_evaluator::threads() const {
    return implementation_->threads();
}

std::size_t parallel_evaluator::evaluate(std::span<event_batch::line const> lines, std::size_t first,
                                         std::span<line_reader const> readers, evaluated_lines& result) {
    return implementation_->evaluate(lines, first, readers, result);
}

} // namespace rulehost
