#include <rulehost/engine.hpp>

#include "engine/evaluation_memory.hpp"
#include "engine/event_budget.hpp"
#include "engine/explain/explain.hpp"
#include "engine/next_rules.hpp"
#include "engine/rule_digest.hpp"
#include "engine/rule_run.hpp"
#include "engine/rule_set.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <list>
#include <mutex>
#include <span>
#include <utility>

namespace rulehost {

namespace {

refusal why_refused(event const& e) {
    if (e.source_kind.empty())
        return refusal::no_source_kind;
    if (e.source_id.empty())
        return refusal::no_source_id;
    if (e.attacker_uuid.empty() && e.identity_uuid.empty())
        return refusal::no_anchor;
    return refusal::none;
}

/// In units of `regex::allowance`.
std::size_t work_of(duration time) {
    constexpr std::size_t units_of_a_microsecond = 1000;
    constexpr duration least = std::chrono::milliseconds{1};
    constexpr duration most = std::chrono::hours{1};
    return static_cast<std::size_t>(std::clamp(time, least, most).count()) * units_of_a_microsecond;
}

std::vector<compiled_rule_ptr> compiled_rules_of(rule_set const& all) {
    std::vector<compiled_rule_ptr> rules;
    for (auto const& live : all.rules())
        rules.push_back(live->rule);
    return rules;
}

} // namespace

evaluation::evaluation() = default;
evaluation::evaluation(evaluation&&) noexcept = default;
evaluation& evaluation::operator=(evaluation&&) noexcept = default;
evaluation::~evaluation() = default;

void evaluation::clear() {
    if (memory_)
        memory_->of_tags.keep(tags);
    else
        tags.clear();
    withheld.clear();
    failed.clear();
}

struct window_feed::contents {
    struct of_rule {
        live_rule_ptr live;
        rule_answer answer;
    };

    event observed;
    tagging_terms terms;
    std::shared_ptr<decision_index const> decisions; ///< owns the decisions in `terms`
    std::vector<of_rule> rules;
};

window_feed::window_feed() noexcept = default;
window_feed::window_feed(window_feed&&) noexcept = default;
window_feed& window_feed::operator=(window_feed&&) noexcept = default;
window_feed::~window_feed() = default;

struct engine::implementation {
    explicit implementation(engine_options o) : options(o) {}

    engine_options const options;

    std::shared_ptr<rule_set const> current() const {
        std::lock_guard const lock{set_mutex};
        return set;
    }

    prepared_rules prepared(std::shared_ptr<rule_set const> before, rule_set next) {
        prepared_rules made;
        made.next_.push_back(std::make_shared<rule_set const>(std::move(next)));
        made.before_ = std::move(before);
        destroy_unused();
        return made;
    }

    /// Destroys the sets that no evaluation uses any more, so that the preparation of a change pays for it and neither
    /// an evaluation nor a publication does.
    void destroy_unused() {
        std::list<std::shared_ptr<rule_set const>> unused;
        std::lock_guard const lock{set_mutex};
        for (auto each = retired.begin(); each != retired.end();) {
            auto const next = std::next(each);
            if (each->use_count() == 1)
                unused.splice(unused.end(), retired, each);
            each = next;
        }
    }

    window_limits limits() const { return {options.window_groups, options.window_entries}; }

    tagging_terms terms(time_point now, rule_set const& of) const {
        return {.now = now,
                .decided = {of.decisions.get(), expiries.at(now)},
                .confidence_floor = options.confidence_floor,
                .revision = of.revision,
                .keep_withheld = options.keep_withheld};
    }

    refusal evaluate(event const& e, time_point now, evaluation& result, window_feed* later) const;

    expiry_clock expiries;
    std::mutex compaction_mutex; ///< one compaction at a time

    mutable std::mutex set_mutex;
    std::list<std::shared_ptr<rule_set const>> retired; ///< sets that evaluations may still use
    std::shared_ptr<rule_set const> set = std::make_shared<rule_set const>();
    /// Compared, never dereferenced: a set at this address is the newest one.
    std::atomic<rule_set const*> newest{set.get()};

    mutable std::atomic<std::uint64_t> measured{0};
    mutable std::atomic<std::uint64_t> search_cost{0};
    mutable std::atomic<std::uint64_t> rules_cost{0};
};

engine::engine(engine_options options) : implementation_(std::make_unique<implementation>(options)) {}
engine::~engine() = default;

void engine::expire_by(expiry_clock clock) {
    implementation_->expiries = std::move(clock);
}

prepared_rules engine::prepare(rule_snapshot const& snapshot) const {
    auto& self = *implementation_;
    auto before = self.current();
    auto next = next_rules(*before, snapshot, self.limits());
    return self.prepared(std::move(before), std::move(next));
}

prepared_rules engine::prepare(rule_change const& change) const {
    auto& self = *implementation_;
    auto before = self.current();
    if (change.revision <= before->revision)
        return {};
    auto next = next_rules(*before, change, self.limits());
    return self.prepared(std::move(before), std::move(next));
}

bool engine::publish(prepared_rules prepared) noexcept {
    auto& self = *implementation_;
    if (prepared.next_.empty())
        return true;
    std::lock_guard const lock{self.set_mutex};
    if (self.set != prepared.before_)
        return false;
    self.set.swap(prepared.next_.front());
    self.newest.store(self.set.get(), std::memory_order_release);
    self.retired.splice(self.retired.end(), prepared.next_);
    return true;
}

void engine::replace(rule_snapshot const& snapshot) {
    while (!publish(prepare(snapshot)))
        continue;
}

void engine::apply(rule_change const& change) {
    while (!publish(prepare(change)))
        continue;
}

bool engine::wants_compaction() const {
    return implementation_->current()->is_scattered();
}

void engine::compact() {
    auto& self = *implementation_;
    std::lock_guard const one_at_a_time{self.compaction_mutex};
    auto const index = make_index(self.current()->rules());
    for (bool is_live = false; !is_live;) {
        auto before = self.current();
        auto next = before->over(index);
        is_live = publish(self.prepared(std::move(before), std::move(next)));
    }
}

refusal engine::implementation::evaluate(event const& e, time_point now, evaluation& result, window_feed* later) const {
    result.clear();
    if (auto const why = why_refused(e); why != refusal::none)
        return why;
    if (!result.memory_)
        result.memory_ = std::make_unique<evaluation::memory>();
    auto& memory = *result.memory_;
    if (memory.set.get() != newest.load(std::memory_order_acquire))
        memory.use(current());
    cost_meter meter(memory.is_measured(options) ? options.ticks : nullptr);
    memory.on.look_at(e, options.scan_limit);
    auto const by = terms(now, *memory.set);
    auto const& layers = memory.set->layers();
    memory.begin();
    event_budget budget(work_of(options.event_budget));
    auto const conclude = [&](live_rule_ptr const& live, rule_answer answer) {
        if (!later || answer.feeds.empty()) {
            conclude_rule(*live, std::move(answer), memory.on, by, memory.of_tags, result);
            return;
        }
        if (!later->contents_)
            later->contents_.reset(new window_feed::contents{e, by, memory.set->decisions, {}});
        later->contents_->rules.push_back({live, std::move(answer)});
    };
    // Returns false, and discards the answer, if the rule was stopped by less than its maximum of work.
    auto const ask = [&](evaluation::memory::candidate const& each, std::size_t work, bool is_last) {
        auto const& live = *each.live;
        auto answer = ask_rule(*live, *each.of->variant, each.of->open, memory.on, now, work);
        budget.spend(work - memory.on.allowed().left);
        bool const is_final = is_last || work == regex::allowance::most || !answer.is_stopped();
        if (is_final && answer.says_something()) {
            bool const matches = answer.immediate == truth::yes;
            if (matches)
                memory.matched.push_back(live.get());
            if (auto* const before = memory.put_off_of(live))
                before->merge(std::move(answer));
            else if (matches)
                conclude(live, std::move(answer));
            else
                memory.put_off.push_back({&live, std::move(answer)});
        }
        meter.add_to(*live->counters, rules_cost);
        return is_final;
    };
    // Each further round is about the next commands of a line with very many.
    for (bool is_first = true; is_first || memory.on.advance(); is_first = false) {
        if (!is_first)
            budget.refill();
        memory.asked.clear();
        for (std::size_t i = 0; i != layers.size(); ++i)
            for (auto const& each : layers[i].index->candidates(memory.on, memory.layers[i]))
                if (auto const& live = layers[i].rules[each.rule]; live && (is_first || !memory.has_matched(*live)))
                    memory.asked.push_back({&live, &each});
        meter.add_to(search_cost);
        auto const work = budget.first_share(memory.asked.size());
        std::size_t stopped = 0;
        for (auto const& each : memory.asked)
            if (!ask(each, work, false))
                memory.asked[stopped++] = each;
        if (stopped != 0) {
            budget.measure(e);
            auto const rest = budget.last_share(stopped);
            for (auto const& each : std::span(memory.asked).first(stopped))
                ask(each, rest, true);
        }
    }
    for (auto& [live, answer] : memory.put_off) {
        conclude(*live, std::move(answer));
        meter.add_to(*(*live)->counters, rules_cost, true);
    }
    if (meter)
        measured.fetch_add(1, std::memory_order_relaxed);
    finish_tags(result);
    return refusal::none;
}

refusal engine::evaluate(event const& e, time_point now, evaluation& result) const {
    return implementation_->evaluate(e, now, result, nullptr);
}

refusal engine::evaluate_ahead(event const& e, time_point now, evaluation& result, window_feed& later) const {
    later = {};
    return implementation_->evaluate(e, now, result, &later);
}

void engine::feed_windows(window_feed later, evaluation& result) const {
    if (later.empty())
        return;
    if (!result.memory_)
        result.memory_ = std::make_unique<evaluation::memory>();
    auto& on = result.memory_->on;
    on.look_at(later.contents_->observed, implementation_->options.scan_limit);
    result.memory_->of_tags.begin();
    for (auto& one : later.contents_->rules)
        conclude_rule(*one.live, std::move(one.answer), on, later.contents_->terms, result.memory_->of_tags, result);
    finish_tags(result);
}

boost::system::result<evaluation, refusal> engine::evaluate(event const& e, time_point now) const {
    evaluation result;
    if (auto const why = evaluate(e, now, result); why != refusal::none)
        return why;
    return result;
}

std::vector<compiled_rule_ptr> engine::rules() const {
    return compiled_rules_of(*implementation_->current());
}

std::vector<compiled_rule_ptr> engine::rules_as_decided(time_point now) const {
    auto const set = implementation_->current();
    return rulehost::rules_as_decided(compiled_rules_of(*set), *set->stored_decisions,
                                      implementation_->expiries.at(now));
}

std::vector<decision> engine::decisions(time_point now) const {
    auto const set = implementation_->current();
    return standing_at(implementation_->expiries.at(now), *set->states, *set->stored_decisions);
}

revision engine::revision() const {
    return implementation_->current()->revision;
}

std::string engine::digest() const {
    auto const set = implementation_->current();
    return digest_of(set->rules(), *set->states, *set->stored_decisions);
}

std::vector<rule_statistics> engine::statistics() const {
    std::vector<rule_statistics> all;
    for (auto const& live : implementation_->current()->rules()) {
        auto const& c = *live->counters;
        all.push_back({live->definition().rule_id, c.evaluations, c.matches, c.tags, c.withheld, c.failures,
                       c.undecided, c.measured, c.cost});
    }
    return all;
}

evaluation_cost engine::cost() const {
    auto const& self = *implementation_;
    return {self.measured, self.search_cost, self.rules_cost};
}

std::vector<window_statistics> engine::windows() const {
    std::vector<window_statistics> all;
    for (auto const& live : implementation_->current()->rules()) {
        if (live->windows.empty())
            continue;
        auto& sum = all.emplace_back();
        sum.rule_id = live->definition().rule_id;
        for (auto const& window : live->windows) {
            auto const one = window->statistics();
            sum.groups += one.groups;
            sum.evicted_groups += one.evicted_groups;
            sum.evicted_entries += one.evicted_entries;
        }
    }
    return all;
}

boost::json::object engine::explain(std::string_view rule_id, event const& e, time_point now) const {
    auto const live = implementation_->current()->find(rule_id);
    if (!live)
        return {{"rule_id", rule_id}, {"live", false}, {"verdict", "no tag: there is no such live rule"}};
    if (auto const why = why_refused(e); why != refusal::none)
        return {{"rule_id", rule_id},
                {"live", true},
                {"verdict", "no tag: the event is refused, " + std::string(to_string(why))}};
    subject on;
    on.look_at(e, implementation_->options.scan_limit);
    return explain_rule(*live, on, implementation_->terms(now, *implementation_->current()));
}

} // namespace rulehost
