#include <rulehost/engine.hpp>

#include "engine/evaluation_memory.hpp"
#include "engine/event_budget.hpp"
#include "engine/explain/explain.hpp"
#include "engine/rule_digest.hpp"
#include "engine/rule_run.hpp"
#include "engine/rule_set.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <span>
#include <utility>

namespace rulehost {

namespace {

// Up to this number, changes one by one are cheaper than a new index of all rules.
constexpr std::size_t few_changes = 32;

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

std::shared_ptr<decision_index const> index_of(decision_map const& decisions) {
    return decisions.empty() ? nullptr : std::make_shared<decision_index const>(decisions);
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

    /// Call it under the change mutex.
    void publish(rule_set next) {
        auto made = std::make_shared<rule_set const>(std::move(next));
        retired.reserve(retired.size() + 1); // so that nothing fails after publication
        {
            std::lock_guard const lock{set_mutex};
            set.swap(made);
            newest.store(set.get(), std::memory_order_release);
        }
        // Keeps the old set until no evaluation uses it, so that a change pays for its destruction and no evaluation
        // does.
        retired.push_back(std::move(made));
        std::erase_if(retired, [](auto const& old) { return old.use_count() == 1; });
    }

    /// States other than the default, also of rules that do not exist.
    using state_map = std::map<std::string, rule_state, std::less<>>;

    static rule_state state_in(state_map const& all, std::string const& rule_id) {
        auto const found = all.find(rule_id);
        return found == all.end() ? rule_state{} : found->second;
    }

    live_rule_ptr make(std::shared_ptr<rule_definition const> const& definition, rule_state state,
                       live_rule const* before) const {
        return make_live(definition, std::move(state), before, {options.window_groups, options.window_entries});
    }

    tagging_terms terms(time_point now, rule_set const& of) const {
        return {.now = now,
                .decided = {of.decisions.get(), expiries.at(now)},
                .confidence_floor = options.confidence_floor,
                .revision = of.revision,
                .keep_withheld = options.keep_withheld};
    }

    refusal evaluate(event const& e, time_point now, evaluation& result, window_feed* later) const;

    expiry_clock expiries;
    std::mutex change_mutex;                              ///< one change at a time
    std::mutex compaction_mutex;                          ///< one compaction at a time
    std::vector<std::shared_ptr<rule_set const>> retired; ///< sets that evaluations may still use
    state_map states;
    decision_map decisions;

    mutable std::mutex set_mutex;
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

void engine::replace(rule_snapshot const& snapshot) {
    auto& self = *implementation_;
    std::lock_guard const lock{self.change_mutex};
    auto const before = self.current();

    auto states = snapshot.states;
    for (auto const& rule : snapshot.rules)
        if (rule->state() != rule_state{})
            states.try_emplace(rule->definition().rule_id, rule->state());

    std::map<std::string_view, live_rule_ptr> old;
    for (auto& live : before->rules())
        old.emplace(live->definition().rule_id, live);
    std::vector<live_rule_ptr> next;
    std::vector<live_rule_ptr> changed;
    next.reserve(snapshot.rules.size());
    for (auto const& rule : snapshot.rules) {
        auto const known = old.extract(rule->definition().rule_id);
        auto const* const previous = known.empty() ? nullptr : known.mapped().get();
        auto state = implementation::state_in(states, rule->definition().rule_id);
        next.push_back(self.make(rule->shared_definition(), std::move(state), previous));
        if (!previous || previous->program != next.back()->program)
            changed.push_back(next.back());
    }
    std::ranges::sort(next, {},
                      [](live_rule_ptr const& live) -> std::string_view { return live->definition().rule_id; });

    rule_set made;
    if (changed.size() + old.size() > few_changes || before->layers().empty()) {
        made = rule_set{std::move(next)};
    } else {
        made = *before;
        for (auto const& [gone, live] : old)
            made.remove(gone);
        for (auto& live : next)
            made.put(std::move(live));
    }
    made.revision = snapshot.revision;
    auto decisions = snapshot.decisions;
    made.decisions = index_of(decisions);
    self.publish(std::move(made));
    self.states.swap(states);
    self.decisions.swap(decisions);
}

void engine::apply(rule_change const& change) {
    auto& self = *implementation_;
    std::lock_guard const lock{self.change_mutex};
    auto const before = self.current();
    if (change.revision <= before->revision)
        return;
    auto next = *before;
    next.revision = change.revision;
    auto const live = before->find(change.rule_id);
    if (change.what() == rule_change::kind::state) {
        auto states = self.states;
        if (change.state() == rule_state{})
            states.erase(change.rule_id);
        else
            states.insert_or_assign(change.rule_id, change.state());
        if (live)
            next.put(self.make(live->rule->shared_definition(), implementation::state_in(states, change.rule_id),
                               live.get()));
        self.publish(std::move(next));
        self.states.swap(states);
        return;
    }
    if (change.what() == rule_change::kind::decision) {
        auto decisions = self.decisions;
        if (auto const& made = change.decided().made)
            decisions.insert_or_assign(change.decided().id, *made);
        else
            decisions.erase(change.decided().id);
        next.decisions = index_of(decisions);
        self.publish(std::move(next));
        self.decisions.swap(decisions);
        return;
    }
    if (change.what() == rule_change::kind::lists) {
        for (auto const& definition : change.lists().definitions) {
            auto const known = before->find(definition->rule_id);
            next.put(self.make(definition, implementation::state_in(self.states, definition->rule_id), known.get()));
        }
    } else if (change.definition()) {
        next.put(self.make(change.definition(), implementation::state_in(self.states, change.rule_id), live.get()));
    } else {
        next.remove(change.rule_id);
    }
    self.publish(std::move(next));
}

bool engine::wants_compaction() const {
    return implementation_->current()->is_scattered();
}

void engine::compact() {
    auto& self = *implementation_;
    std::lock_guard const one_at_a_time{self.compaction_mutex};
    auto const index = make_index(self.current()->rules());
    std::lock_guard const lock{self.change_mutex};
    self.publish(self.current()->over(index));
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
    std::vector<compiled_rule_ptr> all;
    for (auto const& live : implementation_->current()->rules())
        all.push_back(live->rule);
    return all;
}

std::vector<compiled_rule_ptr> engine::rules_as_decided(time_point now) const {
    auto& self = *implementation_;
    std::lock_guard const lock{self.change_mutex};
    return rulehost::rules_as_decided(rules(), self.decisions, self.expiries.at(now));
}

std::vector<decision> engine::decisions(time_point now) const {
    auto& self = *implementation_;
    std::lock_guard const lock{self.change_mutex};
    return standing_at(self.expiries.at(now), self.states, self.decisions);
}

revision engine::revision() const {
    return implementation_->current()->revision;
}

std::string engine::digest() const {
    auto& self = *implementation_;
    std::lock_guard const lock{self.change_mutex};
    return digest_of(self.current()->rules(), self.states, self.decisions);
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
