#pragma once

#include "engine/live_rule.hpp"
#include "engine/rule_index.hpp"
#include "engine/rule_run.hpp"
#include "engine/rule_set.hpp"
#include "match/subject.hpp"

#include <rulehost/engine.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace rulehost {

/// Measures the time between calls; does nothing without a tick counter.
class cost_meter {
public:
    explicit cost_meter(std::uint64_t (*ticks)()) : ticks_(ticks), last_(ticks ? ticks() : 0) {}

    explicit operator bool() const { return ticks_ != nullptr; }

    void add_to(std::atomic<std::uint64_t>& total) {
        if (ticks_)
            total.fetch_add(since_last(), std::memory_order_relaxed);
    }

    /// `is_more`: continues an evaluation that is already counted.
    void add_to(rule_counters& rule, std::atomic<std::uint64_t>& of_all, bool is_more = false) {
        if (!ticks_)
            return;
        auto const spent = since_last();
        rule.measured.fetch_add(is_more ? 0 : 1, std::memory_order_relaxed);
        rule.cost.fetch_add(spent, std::memory_order_relaxed);
        of_all.fetch_add(spent, std::memory_order_relaxed);
    }

private:
    std::uint64_t since_last() {
        auto const now = ticks_();
        return now - std::exchange(last_, now);
    }

    std::uint64_t (*ticks_)();
    std::uint64_t last_;
};

/// Working memory of one thread's evaluations.
struct evaluation::memory {
    /// Switches to `newest`, the current rules.
    void use(std::shared_ptr<rule_set const> newest) {
        auto const& made_of = newest->layers();
        while (layers.size() < made_of.size())
            layers.emplace_back();
        for (std::size_t i = 0; i != made_of.size(); ++i)
            layers[i].make_ready_for(made_of[i].index);
        set = std::move(newest);
    }

    std::shared_ptr<rule_set const> set; ///< kept while it is the newest, so that threads do not
                                         ///< contend for its reference count at every event
    /// Whether to measure this evaluation.
    bool is_measured(engine_options const& options) {
        if (!options.ticks || --until_measured_ != 0)
            return false;
        // Random distances, so that periodic events are sampled too.
        random_ ^= random_ << 13;
        random_ ^= random_ >> 17;
        random_ ^= random_ << 5;
        auto const apart = std::clamp<std::uint32_t>(options.measured_one_in, 1, 1u << 30);
        until_measured_ = 1 + random_ % (2 * apart - 1);
        return true;
    }

    /// Begins another event.
    void begin() {
        matched.clear();
        put_off.clear();
        of_tags.begin();
    }

    bool has_matched(live_rule const& rule) const { return std::ranges::find(matched, &rule) != matched.end(); }

    /// The deferred answer of the rule; null: there is none.
    rule_answer* put_off_of(live_rule_ptr const& rule) {
        auto const found = std::ranges::find(put_off, &rule, &put_off_answer::live);
        return found == put_off.end() ? nullptr : &found->answer;
    }

    subject on;
    tag_memory of_tags;
    std::deque<rule_index::memory> layers;
    /// A candidate rule for the event.
    struct candidate {
        live_rule_ptr const* live;
        rule_index::candidate const* of;
    };
    std::vector<candidate> asked;
    std::vector<live_rule const*> matched; ///< rules done with the event; further commands do not matter
    struct put_off_answer {
        live_rule_ptr const* live;
        rule_answer answer;
    };
    std::vector<put_off_answer> put_off; ///< deferred answers that further commands of the event may change

private:
    std::uint32_t until_measured_ = 1;
    std::uint32_t random_ = 2'463'534'242;
};

} // namespace rulehost
