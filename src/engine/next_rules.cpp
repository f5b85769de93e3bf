#include "engine/next_rules.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost {

namespace {

// Up to this number, a small index of the changed rules is cheaper than a new index of all.
constexpr std::size_t few_changes = 32;

rule_state state_in(stored_states const& all, std::string const& rule_id) {
    auto const found = all.find(rule_id);
    return found == all.end() ? rule_state{} : found->second;
}

void set_states(rule_set& of, stored_states states) {
    of.states = std::make_shared<stored_states const>(std::move(states));
}

void set_decisions(rule_set& of, decision_map decisions) {
    of.decisions = decisions.empty() ? nullptr : std::make_shared<decision_index const>(decisions);
    of.stored_decisions = std::make_shared<decision_map const>(std::move(decisions));
}

} // namespace

rule_set next_rules(rule_set const& before, rule_snapshot const& snapshot, window_limits limits) {
    auto states = snapshot.states;
    for (auto const& rule : snapshot.rules)
        if (rule->state() != rule_state{})
            states.try_emplace(rule->definition().rule_id, rule->state());

    auto const live_before = before.rules();
    std::map<std::string_view, live_rule_ptr> old;
    for (auto const& live : live_before)
        old.emplace(live->definition().rule_id, live);
    std::vector<live_rule_ptr> all;
    std::size_t changed = 0;
    all.reserve(snapshot.rules.size());
    for (auto const& rule : snapshot.rules) {
        auto const known = old.extract(rule->definition().rule_id);
        auto const* const previous = known.empty() ? nullptr : known.mapped().get();
        auto const state = state_in(states, rule->definition().rule_id);
        all.push_back(make_live(rule->shared_definition(), state, previous, limits));
        changed += !previous || previous->program != all.back()->program;
    }
    std::ranges::sort(all, {},
                      [](live_rule_ptr const& live) -> std::string_view { return live->definition().rule_id; });

    rule_set next;
    if (changed + old.size() > few_changes || before.layers().empty()) {
        next = rule_set{std::move(all)};
    } else {
        next = before;
        for (auto const& [gone, live] : old)
            next.remove(gone);
        next.put(std::move(all));
    }
    next.revision = snapshot.revision;
    set_states(next, std::move(states));
    set_decisions(next, snapshot.decisions);
    return next;
}

rule_set next_rules(rule_set const& before, rule_change const& change, window_limits limits) {
    auto next = before;
    next.revision = change.revision;
    auto const made_live = [&](std::shared_ptr<rule_definition const> const& definition) {
        auto const& rule_id = definition->rule_id;
        return make_live(definition, state_in(*next.states, rule_id), before.find(rule_id).get(), limits);
    };
    switch (change.what()) {
    case rule_change::kind::state: {
        auto states = *before.states;
        if (change.state() == rule_state{})
            states.erase(change.rule_id);
        else
            states.insert_or_assign(change.rule_id, change.state());
        set_states(next, std::move(states));
        if (auto const live = before.find(change.rule_id))
            next.put({made_live(live->rule->shared_definition())});
        break;
    }
    case rule_change::kind::decision: {
        auto decisions = *before.stored_decisions;
        if (auto const& made = change.decided().made)
            decisions.insert_or_assign(change.decided().id, *made);
        else
            decisions.erase(change.decided().id);
        set_decisions(next, std::move(decisions));
        break;
    }
    case rule_change::kind::lists: {
        std::vector<live_rule_ptr> read_again;
        for (auto const& definition : change.lists().definitions)
            read_again.push_back(made_live(definition));
        next.put(std::move(read_again));
        break;
    }
    case rule_change::kind::definition:
        if (change.definition())
            next.put({made_live(change.definition())});
        else
            next.remove(change.rule_id);
        break;
    }
    return next;
}

} // namespace rulehost
