#include "store/database/database_mirror.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace rulehost {

void database_mirror::restore(database_position position, live_rules live, state_table states, rule_lists lists) {
    lists_.restore(std::move(lists));
    position_ = std::move(position);
    live_ = std::move(live);
    states_ = std::move(states);
}

database_mirror::outcome database_mirror::apply(observation seen, time_point now) {
    outcome result;
    if (seen.all) {
        auto const overtaken = position_ &&
            (!seen.based_on || seen.based_on->revision != position_->revision ||
             seen.based_on->database_id != position_->database_id);
        if (!overtaken) {
            extent_ = seen.extent;
            replace(std::move(*seen.all), std::move(seen.position), now, result);
        }
        return result;
    }
    if (!position_ || position_->database_id != seen.position.database_id)
        return result;
    extent_ = seen.extent;
    for (auto& change : seen.changes) {
        if (change.revision == position_->revision + 1) {
            position_->revision = change.revision;
            apply(std::move(change), result);
        }
    }
    return result;
}

void database_mirror::put(observed_rule rule, outcome& result) {
    auto const& definition = rule.definition;
    result.findings.insert(result.findings.end(), rule.diagnostics.begin(), rule.diagnostics.end());
    if (definition) {
        bad_rules_.erase(rule.rule_id);
        waiting_texts_.erase(rule.rule_id);
        auto& live = live_[rule.rule_id];
        if (!live || live->text != definition->text || live->lists_hash != definition->lists_hash) {
            live = definition;
            result.changes.emplace_back(rule.revision, rule.rule_id, definition);
        }
        return;
    }
    fall_back(rule, result);
    if (rule.text.empty())
        waiting_texts_.erase(rule.rule_id);
    else
        waiting_texts_[rule.rule_id] = std::move(rule.text);
    bad_rules_[rule.rule_id] = {rule.rule_id, place_of_row(rule.rule_id), std::move(rule.diagnostics),
                                live_.contains(rule.rule_id)};
}

/// Falls back to the newest good text before an invalid one, if the history has it.
void database_mirror::fall_back(observed_rule const& rule, outcome& result) {
    auto const live = live_.find(rule.rule_id);
    if (rule.former) {
        if (live == live_.end() || live->second->text != rule.former->text) {
            result.changes.emplace_back(rule.revision, rule.rule_id, rule.former);
            live_[rule.rule_id] = rule.former;
        }
    } else if (rule.former_is_whole && live != live_.end()) {
        live_.erase(live);
        result.changes.emplace_back(rule.revision, rule.rule_id, std::shared_ptr<rule_definition const>());
    }
}

void database_mirror::quarantine_state(std::string const& rule_id, std::string const& why, outcome& result) {
    auto damaged = damaged_state(rule_id, why);
    damaged.last_known_good = states_.find(rule_id) != nullptr;
    result.findings.push_back(damaged.diagnostics.front());
    states_.remove_expiry(rule_id); // such a row cannot be reverted, and its effective state needs no revert
    bad_states_[rule_id] = std::move(damaged);
}

void database_mirror::quarantine_decision(decision_id id, std::string const& why, outcome& result) {
    auto damaged = damaged_decision(id, why);
    damaged.last_known_good = states_.decisions().contains(id);
    result.findings.push_back(damaged.diagnostics.front());
    states_.remove_end(id); // as with states
    bad_decisions_[id] = std::move(damaged);
}

void database_mirror::apply(observed_decision const& seen, observed_change const& by, outcome& result) {
    if (auto const* const malformed = std::get_if<malformed_value>(&seen.value)) {
        quarantine_decision(seen.id, malformed->why, result);
        return;
    }
    bad_decisions_.erase(seen.id);
    if (auto const* const made = std::get_if<decision>(&seen.value)) {
        states_.put(*made);
        result.changes.emplace_back(by.revision, decision_change{seen.id, *made}, by.cause);
    } else if (states_.remove_decision(seen.id)) {
        result.changes.emplace_back(by.revision, decision_change{seen.id, std::nullopt}, by.cause);
    }
}

void database_mirror::apply(observed_change change, outcome& result) {
    if (auto* const rule = std::get_if<observed_rule>(&change.value)) {
        put(std::move(*rule), result);
    } else if (auto const* const list = std::get_if<observed_list>(&change.value)) {
        auto const before = lists_.findings();
        auto const changed = lists_.put(change.rule_id, list->values);
        for (auto const& finding : lists_.findings()) {
            auto const is_same = [&](diagnostic const& each) {
                return each.path == finding.path && each.message == finding.message;
            };
            if (std::ranges::none_of(before, is_same))
                result.findings.push_back(finding);
        }
        list_change made{{changed.begin(), changed.end()}, read_again(changed, change.revision, result)};
        result.changes.emplace_back(change.revision, std::move(made));
    } else if (std::holds_alternative<deletion>(change.value)) {
        bad_rules_.erase(change.rule_id);
        waiting_texts_.erase(change.rule_id);
        if (live_.erase(change.rule_id) != 0)
            result.changes.emplace_back(change.revision, change.rule_id, std::shared_ptr<rule_definition const>());
    } else if (auto const* const made = std::get_if<observed_decision>(&change.value)) {
        apply(*made, change, result);
    } else if (auto const* const malformed = std::get_if<malformed_value>(&change.value)) {
        quarantine_state(change.rule_id, malformed->why, result);
    } else {
        auto const& state = std::get<rule_state>(change.value);
        bad_states_.erase(change.rule_id);
        if (state == rule_state())
            states_.remove(change.rule_id);
        else
            states_.put(change.rule_id, state);
        result.changes.emplace_back(change.revision, change.rule_id, state, change.cause);
    }
}

std::vector<std::shared_ptr<rule_definition const>> database_mirror::read_again(std::set<std::string> const& changed,
                                                                                rulehost::revision as_of,
                                                                                outcome& result) {
    std::map<std::string, std::string> texts;
    if (!changed.empty()) {
        texts = waiting_texts_;
        for (auto const& [rule_id, definition] : live_)
            if (uses(*definition, changed) && !bad_rules_.contains(rule_id))
                texts.emplace(rule_id, definition->text);
    }
    std::vector<std::shared_ptr<rule_definition const>> read;
    for (auto const& [rule_id, text] : texts) {
        outcome of_this;
        auto const was_bad = bad_rules_.contains(rule_id);
        auto rule = read_row(rule_id, text, as_of, *lists_.live());
        admit(rule, gate_);
        put(std::move(rule), of_this);
        if (!was_bad || !bad_rules_.contains(rule_id)) // already reported otherwise
            std::ranges::move(of_this.findings, std::back_inserter(result.findings));
        for (auto const& each : of_this.changes)
            read.push_back(each.definition());
    }
    return read;
}

/// Switches to the current contents of the database. Each difference is one change with the revision of its row; that
/// of a removed row gets a revision that no row has.
void database_mirror::replace(observation::everything all, database_position position, time_point now,
                              outcome& result) {
    auto const former = std::exchange(position_, std::move(position));
    auto const first = !former;
    auto const old_live = live_;
    auto const changed = changed_lists(*lists_.live(), *all.lists.live());
    lists_ = std::move(all.lists);
    result.findings = lists_.findings();
    list_change by_lists{{changed.begin(), changed.end()}, {}};
    waiting_texts_.clear();
    auto const old_states = states_;
    bad_rules_.clear();
    bad_states_.clear();
    bad_decisions_.clear();

    std::set<revision> taken;
    std::set<std::string> present_rules;
    std::set<std::string> present_states;
    std::vector<rule_change> numbered;
    std::vector<rule_change> unnumbered;
    auto const number = [&](rule_change change) {
        auto& list = former && change.revision > former->revision && change.revision <= position_->revision &&
                taken.insert(change.revision).second
            ? numbered
            : unnumbered;
        list.push_back(std::move(change));
    };

    for (auto& rule : all.rules) {
        present_rules.insert(rule.rule_id);
        outcome of_this;
        put(std::move(rule), of_this);
        std::ranges::move(of_this.findings, std::back_inserter(result.findings));
        for (auto& change : of_this.changes)
            if (change.definition() && uses(*change.definition(), changed))
                by_lists.definitions.push_back(change.definition());
            else
                number(std::move(change));
    }
    if (!changed.empty()) {
        revision newest = 0;
        for (auto const& name : changed)
            if (auto const row = all.list_rows.find(name); row != all.list_rows.end())
                newest = std::max(newest, row->second);
        number(rule_change(newest, std::move(by_lists)));
    }
    for (auto const& [rule_id, definition] : old_live) {
        if (!present_rules.contains(rule_id)) {
            live_.erase(rule_id);
            number(rule_change(0, rule_id, std::shared_ptr<rule_definition const>()));
        }
    }
    for (auto const& [stored, former_one] : all.states) {
        present_states.insert(stored.rule_id);
        auto const* const before = old_states.find(stored.rule_id);
        auto const why = why_unusable(stored.rule_id, stored.value);
        if (!why.empty()) {
            // A state, or its removal, may have been missed before the row became malformed.
            if (former_one == rule_state()) {
                if (before) {
                    states_.remove(stored.rule_id);
                    number(rule_change(stored.revision, stored.rule_id, rule_state()));
                }
            } else if (former_one && (!before || *before != *former_one) &&
                       why_unusable(stored.rule_id, *former_one).empty()) {
                states_.put(stored.rule_id, *former_one);
                number(rule_change(stored.revision, stored.rule_id, *former_one));
            }
            quarantine_state(stored.rule_id, why, result);
            continue;
        }
        auto const& state = std::get<rule_state>(stored.value);
        if (!before || *before != state) {
            states_.put(stored.rule_id, state);
            number(rule_change(state.revision, stored.rule_id, state));
        }
    }
    for (auto const& [rule_id, state] : old_states.stored()) {
        if (!present_states.contains(rule_id)) {
            states_.remove(rule_id);
            auto const expired = effective(state, now) == rule_state();
            number(rule_change(0, rule_id, rule_state(),
                               expired ? rule_change::origin::expiry : rule_change::origin::decision));
        }
    }
    std::set<decision_id> present_decisions;
    for (auto const& [stored, former_one] : all.decisions) {
        present_decisions.insert(stored.id);
        auto const why = why_unusable(stored.value);
        auto const* const good = why.empty()                  ? &std::get<decision>(stored.value)
            : former_one && why_unusable(*former_one).empty() ? &*former_one
                                                              : nullptr;
        auto const before = old_states.decisions().find(stored.id);
        if (good && (before == old_states.decisions().end() || before->second != *good)) {
            states_.put(*good);
            number(rule_change(stored.revision, decision_change{stored.id, *good}));
        }
        if (!why.empty())
            quarantine_decision(stored.id, why, result);
    }
    for (auto const& [id, made] : old_states.decisions()) {
        if (!present_decisions.contains(id)) {
            states_.remove_decision(id);
            auto const ended = has_ended(made, now);
            number(rule_change(0, decision_change{id, std::nullopt},
                               ended ? rule_change::origin::expiry : rule_change::origin::decision));
        }
    }
    if (first)
        return; // there is no earlier state to compare with
    auto next = former->revision;
    for (auto& change : unnumbered) {
        do {
            ++next;
        } while (taken.contains(next));
        change.revision = next;
    }
    if (former->database_id != position_->database_id || next > position_->revision ||
        former->revision > position_->revision) {
        result.restarted = position_->revision;
        return;
    }
    result.changes = std::move(numbered);
    std::ranges::move(unnumbered, std::back_inserter(result.changes));
    std::ranges::sort(result.changes, {}, &rule_change::revision);
}

rule_snapshot database_mirror::snapshot(time_point now) const {
    rule_snapshot result;
    result.revision = position_ ? position_->revision : 0;
    result.extent = extent_;
    result.states = states_.stored();
    result.decisions = states_.decisions();
    for (auto const& [rule_id, definition] : live_)
        result.rules.push_back(std::make_shared<compiled_rule const>(definition, states_.effective(rule_id, now)));
    result.lists = lists_.live();
    result.quarantine = lists_.quarantine();
    for (auto const* const quarantine : {&bad_rules_, &bad_states_})
        for (auto const& [rule_id, entry] : *quarantine)
            result.quarantine.push_back(entry);
    for (auto const& [id, entry] : bad_decisions_)
        result.quarantine.push_back(entry);
    for (auto const& [rule_id, entry] : bad_rules_)
        if (entry.last_known_good)
            result.kept.insert(rule_id);
    for (auto const& name : lists_.kept())
        result.kept.insert('$' + name);
    return result;
}

} // namespace rulehost
