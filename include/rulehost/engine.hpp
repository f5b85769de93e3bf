#pragma once

#include <rulehost/compiled_rule.hpp>
#include <rulehost/event.hpp>
#include <rulehost/expiry_clock.hpp>
#include <rulehost/rule_change.hpp>
#include <rulehost/tag.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

class rule_set;

struct engine_options {
    double confidence_floor = 0.3;      ///< tags below it are dropped and counted
    std::size_t scan_limit = 64 * 1024; ///< bytes of a field that are scanned
    /// Work of the searches for one event per 64 KiB of its text, even a partial one, as the time that it takes on
    /// average; at least 1 ms. Of a line with very many commands, each further 16,384 get at least as much again.
    duration event_budget = std::chrono::milliseconds{5};
    /// Whether `evaluation::tags` includes the tags that a decision withholds, with `tag::withheld_by`. A host sets it.
    bool keep_withheld = false;
    std::size_t window_groups = 100'000; ///< groups kept per correlation window; the one fed least recently is evicted
    std::size_t window_entries = 10'000; ///< events kept per group

    /// Unit of the cost of rules: a counter that grows with time, such as nanoseconds. Null: costs are not measured.
    std::uint64_t (*ticks)() = nullptr;
    std::uint32_t measured_one_in = 1024; ///< evaluations, on average; the others are not slowed down
};

/// Result of one event's evaluation. Keep one per thread and reuse it from event to event: its memory is reused too,
/// and the rules it was filled from stay in memory until it is used again or destroyed.
struct evaluation {
    struct withheld_hit {
        enum class cause { disabled, below_floor };
        compiled_rule_ptr rule;
        cause why;
        decision_id by = 0; ///< the decision or the state that disables or clips, by its revision; 0: neither
    };

    static constexpr std::size_t max_undecided = 8; ///< undecided tags of an event: the surest are kept

    std::vector<tag> tags;                 ///< one per rule and technique, see `engine_options::keep_withheld`
    std::vector<withheld_hit> withheld;    ///< rules that matched but may not tag
    std::vector<compiled_rule_ptr> failed; ///< rules that a limit of the expression matcher stopped

    evaluation();
    evaluation(evaluation&&) noexcept;
    evaluation& operator=(evaluation&&) noexcept;
    ~evaluation();

    void clear();

private:
    friend class engine;
    struct memory; ///< working memory, kept from event to event
    std::unique_ptr<memory> memory_;
};

/// Window updates of one event, deferred so that they apply in stream order. Move-only; holds a copy of the event.
class window_feed {
public:
    window_feed() noexcept;
    window_feed(window_feed&&) noexcept;
    window_feed& operator=(window_feed&&) noexcept;
    ~window_feed();

    bool empty() const { return !contents_; }

private:
    friend class engine;
    struct contents;
    std::unique_ptr<contents> contents_;
};

/// Why an event was not evaluated.
enum class refusal { none, no_source_kind, no_source_id, no_anchor };
std::string_view to_string(refusal);
/// Makes `result::value()` throw std::invalid_argument for a rejected event.
[[noreturn]] void throw_exception_from_error(refusal, boost::source_location const&);

/// Running totals of one rule since the engine was made; they survive reloads of the rule.
struct rule_statistics {
    std::string rule_id;
    std::uint64_t evaluations = 0; ///< how often its conditions were evaluated
    std::uint64_t matches = 0;
    std::uint64_t tags = 0; ///< without the undecided ones
    std::uint64_t withheld = 0;
    std::uint64_t failures = 0;  ///< how often a limit of the expression matcher stopped it
    std::uint64_t undecided = 0; ///< undecided tags, also those beyond `evaluation::max_undecided`
    std::uint64_t measured = 0;  ///< evaluations whose cost was measured
    std::uint64_t cost = 0;      ///< of the measured evaluations, in `engine_options::ticks`: conditions, windows, tags
};

/// Time of the measured evaluations by phase, in ticks.
struct evaluation_cost {
    std::uint64_t measured = 0; ///< evaluations
    std::uint64_t search = 0;   ///< finding the candidate rules, a cost shared by all of them
    std::uint64_t rules = 0;    ///< evaluating the candidates: the sum of their costs
};

/// The correlation windows of one live rule.
struct window_statistics {
    std::string rule_id;
    std::uint64_t groups = 0;          ///< present
    std::uint64_t evicted_groups = 0;  ///< because there were `engine_options::window_groups` of them
    std::uint64_t evicted_entries = 0; ///< because a group had `engine_options::window_entries` of them
};

/// The next rules of an engine, compiled and not live yet. To drop it changes nothing; it may outlive the engine.
class prepared_rules {
    friend class engine;
    std::shared_ptr<rule_set const> before_;          ///< the rules that it was made of
    std::list<std::shared_ptr<rule_set const>> next_; ///< one; or none: there is nothing to change
};

/// Holds the live rules and evaluates events against them. No I/O, no clock, no executor.
///
/// Every member but `expire_by` is safe from any thread at any time. An evaluation in flight finishes on the rules it
/// started with, and the next one sees the new rules.
class engine {
public:
    explicit engine(engine_options options = {});
    ~engine();
    engine(engine const&) = delete;
    engine& operator=(engine const&) = delete;

    /// Sets the clock that states expire by, which may be ahead of the clock of `now`; without a call they expire by
    /// `now`. Call it before the first evaluation.
    void expire_by(expiry_clock clock);

    /// Compiles the rules, states and decisions of `snapshot`, which takes seconds with many new ones; the live rules
    /// stay as they are. Rules with an unchanged definition keep their compiled form, counters and windows.
    prepared_rules prepare(rule_snapshot const& snapshot) const;

    /// The same for the live rules with one change: a rule or several are recompiled, or a state is set, or a decision
    /// added or ended. A change up to the live revision is ignored, so a replayed change does nothing.
    prepared_rules prepare(rule_change const& change) const;

    /// Makes `prepared` live, in a time that does not grow with the number of rules. False, and nothing changes, if the
    /// rules changed or were compacted since it was prepared: prepare it again.
    [[nodiscard]] bool publish(prepared_rules prepared) noexcept;

    /// Prepares and publishes, for callers that may wait for it.
    void replace(rule_snapshot const& snapshot);
    void apply(rule_change const& change);

    /// Evaluates `e` against the live rules and fills `result` (cleared first). `now` becomes `created_at` and decides
    /// expiries (see `expire_by`); windows use `e.observed_at`. Linear in the size of the input, nearly independent of
    /// the number of rules.
    refusal evaluate(event const& e, time_point now, evaluation& result) const;

    /// As above, with a new result for each call; slower. The error: why the event was not evaluated, never `none`.
    boost::system::result<evaluation, refusal> evaluate(event const& e, time_point now) const;
    /// The same for a clock of higher resolution, such as `std::chrono::system_clock`.
    template <class Duration>
    boost::system::result<evaluation, refusal> evaluate(event const& e, std::chrono::sys_time<Duration> now) const {
        return evaluate(e, std::chrono::floor<duration>(now));
    }

    /// The part of `evaluate` that does not depend on earlier events, so that the events of a stream can be evaluated
    /// on several threads: all rules except those that feed windows. Puts the window updates into `later`, which is
    /// empty if there are none.
    refusal evaluate_ahead(event const& e, time_point now, evaluation& result, window_feed& later) const;

    /// The second part: feeds the windows and adds the tags of their rules to `result`. Called in the order of the
    /// events, both parts together equal `evaluate`.
    void feed_windows(window_feed later, evaluation& result) const;

    /// The live rules with their states, by rule_id. A snapshot, never null.
    std::vector<compiled_rule_ptr> rules() const;
    /// The same, each in the state that results at `now` from its own state and the decisions about all of its tags.
    std::vector<compiled_rule_ptr> rules_as_decided(time_point now) const;
    /// The decisions that have not ended at `now`, including the states that disable or clip a rule; by id.
    std::vector<decision> decisions(time_point now) const;
    /// The revision the live rules correspond to.
    rulehost::revision revision() const;
    /// A hash over every live rule (id, version, text), every non-default state and every decision: two engines with
    /// the same digest give the same tags.
    std::string digest() const;
    /// One entry per live rule; counts start at zero.
    std::vector<rule_statistics> statistics() const;
    /// Totals since construction; all zero without `engine_options::ticks`.
    evaluation_cost cost() const;
    /// One entry per live rule with windows.
    std::vector<window_statistics> windows() const;

    /// Whether enough rules changed one by one for `compact()` to speed up evaluation.
    bool wants_compaction() const;
    /// Rebuilds the pattern database over all live rules, which takes seconds with many of them: call it from a
    /// background thread. Evaluations and changes continue meanwhile; none is lost.
    void compact();

    /// Explains why `rule_id` does or does not tag `e`: every condition with its outcome, the text it matched, the
    /// confidence step by step. Reads windows and changes nothing.
    boost::json::object explain(std::string_view rule_id, event const& e, time_point now) const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace rulehost
