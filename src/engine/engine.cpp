#include <rulehost/engine.hpp>

#include "engine/explain.hpp"
#include "engine/rule_run.hpp"
#include "engine/rule_set.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

namespace rulehost {

namespace {

// Below it, changes one by one are cheaper than a new index of everything.
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

} // namespace

struct evaluation::memory {
    /// Turns to `newest`, the rules of now.
    void use(std::shared_ptr<rule_set const> newest) {
        auto const& made_of = newest->layers();
        while (layers.size() < made_of.size())
            layers.emplace_back();
        for (std::size_t i = 0; i != made_of.size(); ++i)
            layers[i].make_ready_for(made_of[i].index);
        set = std::move(newest);
    }

    std::shared_ptr<rule_set const> set; ///< kept until it is not the newest any more, so that threads need not
                                         ///< fight over its reference count for every event
    subject on;
    std::deque<rule_index::memory> layers;
};

evaluation::evaluation() = default;
evaluation::evaluation(evaluation&&) noexcept = default;
evaluation& evaluation::operator=(evaluation&&) noexcept = default;
evaluation::~evaluation() = default;

void evaluation::clear() {
    tags.clear();
    suppressed.clear();
    failed.clear();
}

std::string_view to_string(refusal why) {
    switch (why) {
    case refusal::none:
        return "none";
    case refusal::no_source_kind:
        return "no source_kind";
    case refusal::no_source_id:
        return "no source_id";
    case refusal::no_anchor:
        break;
    }
    return "neither attacker_uuid nor identity_uuid";
}

struct engine::implementation {
    explicit implementation(engine_options o) : options(o) {}

    engine_options const options;

    std::shared_ptr<rule_set const> current() const {
        std::lock_guard const lock{set_mutex};
        return set;
    }

    void publish(rule_set next) {
        auto made = std::make_shared<rule_set const>(std::move(next));
        {
            std::lock_guard const lock{set_mutex};
            set.swap(made);
            newest.store(set.get(), std::memory_order_release);
        }
        // The old set, perhaps the last of it, goes here, outside the lock that evaluations take.
    }

    rule_state state_of(std::string const& rule_id) const {
        auto const found = states.find(rule_id);
        return found == states.end() ? rule_state{} : found->second;
    }

    live_rule_ptr make(std::shared_ptr<rule_definition const> const& definition, live_rule const* before) const {
        return make_live(definition, state_of(definition->rule_id), before, {options.window_groups, options.window_entries});
    }

    std::mutex change_mutex;     ///< one change at a time
    std::mutex compaction_mutex; ///< one compaction at a time
    std::map<std::string, rule_state> states; ///< those that are not the default, also of rules that do not exist

    mutable std::mutex set_mutex;
    std::shared_ptr<rule_set const> set = std::make_shared<rule_set const>();
    /// Only compared with: whoever holds a set that it equals holds the newest one.
    std::atomic<rule_set const*> newest{set.get()};
};

engine::engine(engine_options options) : implementation_(std::make_unique<implementation>(options)) {}
engine::~engine() = default;

void engine::replace(rule_snapshot const& snapshot) {
    auto& self = *implementation_;
    std::lock_guard const lock{self.change_mutex};
    auto const before = self.current();

    self.states = snapshot.states;
    for (auto const& rule : snapshot.rules)
        if (rule->state() != rule_state{})
            self.states.try_emplace(rule->definition().rule_id, rule->state());

    std::map<std::string_view, live_rule_ptr> old;
    for (auto& live : before->rules())
        old.emplace(live->definition().rule_id, live);
    std::vector<live_rule_ptr> next;
    std::vector<live_rule_ptr> changed;
    next.reserve(snapshot.rules.size());
    for (auto const& rule : snapshot.rules) {
        auto const known = old.extract(rule->definition().rule_id);
        auto const* const previous = known.empty() ? nullptr : known.mapped().get();
        next.push_back(self.make(rule->shared_definition(), previous));
        if (!previous || previous->program != next.back()->program)
            changed.push_back(next.back());
    }
    std::ranges::sort(next, {}, [](live_rule_ptr const& live) -> std::string_view { return live->definition().rule_id; });

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
    self.publish(std::move(made));
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
        self.states.swap(states);
        if (live)
            next.put(self.make(live->rule->shared_definition(), live.get()));
    } else if (change.definition()) {
        next.put(self.make(change.definition(), live.get()));
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

refusal engine::evaluate(event const& e, time_point now, evaluation& result) const {
    result.clear();
    if (auto const why = why_refused(e); why != refusal::none)
        return why;
    if (!result.memory_)
        result.memory_ = std::make_unique<evaluation::memory>();
    auto& memory = *result.memory_;
    if (memory.set.get() != implementation_->newest.load(std::memory_order_acquire))
        memory.use(implementation_->current());
    auto const& options = implementation_->options;
    memory.on.look_at(e, options.scan_limit);
    auto const& layers = memory.set->layers();
    for (std::size_t i = 0; i != layers.size(); ++i) {
        for (auto const& candidate : layers[i].index->candidates(memory.on, memory.layers[i]))
            if (auto const& live = layers[i].rules[candidate.rule])
                run_rule(*live, *candidate.variant, memory.on, now, options.confidence_floor, result);
    }
    // However the rules came to be live, the answer is in one order.
    if (layers.size() > 1)
        std::ranges::sort(result.tags, {}, [](tag const& t) {
            return std::tie(t.rule_id, t.technique_id, t.sub_technique_id);
        });
    return refusal::none;
}

evaluation engine::evaluate(event const& e, time_point now) const {
    evaluation result;
    evaluate(e, now, result);
    return result;
}

std::vector<compiled_rule_ptr> engine::rules() const {
    std::vector<compiled_rule_ptr> all;
    for (auto const& live : implementation_->current()->rules())
        all.push_back(live->rule);
    return all;
}

revision engine::revision() const {
    return implementation_->current()->revision;
}

std::string engine::digest() const {
    auto& self = *implementation_;
    std::string text;
    auto const add = [&](std::string_view field) {
        text += std::to_string(field.size());
        text += ':';
        text += field;
    };
    std::lock_guard const lock{self.change_mutex};
    for (auto const& live : self.current()->rules()) {
        add(live->definition().rule_id);
        add(std::to_string(live->definition().rule_version));
        add(live->definition().content_hash);
    }
    for (auto const& [rule_id, state] : self.states) {
        add(rule_id);
        add(to_string(state.status));
        add(state.confidence_max ? std::to_string(*state.confidence_max) : "");
        add(state.expires_at ? format_time(*state.expires_at) : "");
    }
    return boost::uuids::to_string(boost::uuids::name_generator_sha1{boost::uuids::ns::oid()}(text.data(), text.size()));
}

std::vector<rule_statistics> engine::statistics() const {
    std::vector<rule_statistics> all;
    for (auto const& live : implementation_->current()->rules()) {
        auto const& c = *live->counters;
        all.push_back({live->definition().rule_id, c.evaluations, c.matches, c.tags, c.suppressed, c.failures});
    }
    return all;
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
        return {{"rule_id", rule_id}, {"live", true}, {"verdict", "no tag: the event is refused, " + std::string(to_string(why))}};
    subject on;
    on.look_at(e, implementation_->options.scan_limit);
    return explain_rule(*live, on, now, implementation_->options.confidence_floor);
}

} // namespace rulehost
