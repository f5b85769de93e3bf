#include "host/parallel_evaluator.hpp"

#include "time/thread_team.hpp"

#include <boost/assert.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace rulehost {

namespace {

// Few enough that all threads end at the same time, enough that handing them out costs nothing.
constexpr std::size_t most_lines_a_piece = 64;
constexpr std::size_t pieces_a_thread = 8;

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
    implementation(engine const& rules, std::size_t threads) : rules_(rules), team_(threads), evaluations_(threads) {}

    std::size_t threads() const { return team_.members(); }

    void evaluate(std::span<event_batch::line const> lines, std::span<line_reader const> readers, time_point now,
                  evaluated_lines& result) {
        BOOST_ASSERT(readers.size() >= threads());
        result.clear();
        auto const size = std::clamp<std::size_t>(lines.size() / (threads() * pieces_a_thread), 1, most_lines_a_piece);
        auto const pieces = (lines.size() + size - 1) / size;
        if (threads() == 1 || pieces < 2) {
            for (std::size_t i = 0; i != lines.size(); ++i)
                evaluate(lines[i], i, readers.front(), now, evaluations_.front(), result, nullptr);
            return;
        }
        if (pieces_.size() < pieces)
            pieces_.resize(pieces);
        team_.run(pieces, [&](std::size_t number, std::size_t member) {
            auto& done = pieces_[number];
            done.outcome.clear();
            done.later.clear();
            for (auto i = number * size; i != std::min((number + 1) * size, lines.size()); ++i)
                evaluate(lines[i], i, readers[member], now, evaluations_[member], done.outcome, &done.later);
        });
        for (std::size_t i = 0; i != pieces; ++i)
            conclude(pieces_[i], result);
    }

private:
    /// What an event says to windows, and which of the tags are its own.
    struct feed {
        window_feed what;
        std::size_t first_tag;
        std::size_t last_tag;
    };
    struct piece {
        evaluated_lines outcome;
        std::vector<feed> later; ///< in the order of the events
    };

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
    thread_team team_;
    std::vector<evaluation> evaluations_; ///< one a thread
    std::vector<piece> pieces_;
};

parallel_evaluator::parallel_evaluator(engine const& rules, std::size_t threads)
    : implementation_(std::make_unique<implementation>(rules, threads)) {}

parallel_evaluator::~parallel_evaluator() = default;

std::size_t parallel_evaluator::threads() const {
    return implementation_->threads();
}

void parallel_evaluator::evaluate(std::span<event_batch::line const> lines, std::span<line_reader const> readers,
                                  time_point now, evaluated_lines& result) {
    implementation_->evaluate(lines, readers, now, result);
}

} // namespace rulehost
