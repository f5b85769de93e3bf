#include "store/filesystem/kept_states.hpp"

#include "async/blocking_call.hpp"

#include <rulehost/rule_store.hpp>

#include <algorithm>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

kept_states::kept_states(change_log& log, time_source& time, std::filesystem::path const& file,
                         asio::any_io_executor blocking, std::function<void(diagnostic const&)> report)
    : log_(log),
      time_(time),
      blocking_(std::move(blocking)),
      report_(std::move(report)),
      file_(file),
      next_expiry_(time) {
    if (file.empty())
        return;
    journal_ = std::make_shared<state_journal>(file);
    auto stored = journal_->load();
    table_ = std::move(stored.states);
    log_.revision = stored.revision;
}

asio::awaitable<rule_state> kept_states::set(std::string rule_id, rule_state state, std::optional<revision> expected) {
    auto const turn = co_await log_.changing.take();
    auto const now = time_.now();
    state.set_at = now;
    require_storable(rule_id, state);
    co_await remove_expired(now);
    require_revision(expected, rule_id, table_.effective(rule_id, now));
    state.revision = log_.revision + 1;
    auto next = table_;
    next.put(rule_id, state);
    rule_change change(state.revision, rule_id, state);
    co_await commit(std::move(next), std::move(change));
    co_await remove_expired(now); // its expiry may be in the past
    co_return state;
}

asio::awaitable<rule_state> kept_states::clear(std::string rule_id, std::string set_by,
                                               std::optional<revision> expected) {
    auto const turn = co_await log_.changing.take();
    auto const now = time_.now();
    rule_state by;
    by.set_by = std::move(set_by);
    require_storable(rule_id, by);
    co_await remove_expired(now);
    require_revision(expected, rule_id, table_.effective(rule_id, now));
    auto next = table_;
    if (next.remove(rule_id)) {
        rule_change change(log_.revision + 1, rule_id, rule_state());
        co_await commit(std::move(next), std::move(change));
    }
    co_return rule_state();
}

asio::awaitable<decision> kept_states::decide(decision wanted) {
    auto const turn = co_await log_.changing.take();
    auto const now = time_.now();
    wanted.set_at = now;
    require_storable(wanted);
    require_not_over(wanted, now);
    co_await remove_expired(now);
    wanted.id = log_.revision + 1;
    auto next = table_;
    std::optional<rule_change> change;
    auto const state = as_state(wanted);
    if (state && table_.effective(wanted.rules.front(), now).status == rule_status::enabled) {
        next.put(wanted.rules.front(), *state);
        change.emplace(wanted.id, wanted.rules.front(), *state);
    } else {
        next.put(wanted);
        change.emplace(wanted.id, decision_change{wanted.id, wanted});
    }
    co_await commit(std::move(next), *std::move(change));
    co_return wanted;
}

asio::awaitable<std::optional<decision>> kept_states::end(decision_id id, std::string by) {
    auto const turn = co_await log_.changing.take();
    require_author(by);
    co_await remove_expired(time_.now());
    auto next = table_;
    std::optional<decision> ended;
    std::optional<rule_change> change;
    if (auto const found = table_.decisions().find(id); found != table_.decisions().end()) {
        ended = found->second;
        next.remove_decision(id);
        change.emplace(log_.revision + 1, decision_change{id, std::nullopt});
    } else {
        auto const& states = table_.stored();
        auto const is_it = [&](auto const& each) { return each.second.revision == id; };
        auto const state = std::ranges::find_if(states, is_it);
        ended = state == states.end() ? std::nullopt : as_decision(state->first, state->second);
        if (ended) {
            next.remove(state->first);
            change.emplace(log_.revision + 1, state->first, rule_state());
        }
    }
    if (change)
        co_await commit(std::move(next), *std::move(change));
    co_return ended;
}

asio::awaitable<void> kept_states::remove_expired() {
    for (;;) {
        {
            auto const turn = co_await log_.changing.take();
            co_await remove_expired(time_.now());
        }
        co_await next_expiry_.until(table_.next_expiry());
    }
}

/// In a turn, as `remove_expired`. Saves first: if that fails, nothing has changed.
asio::awaitable<void> kept_states::commit(state_table next, rule_change change) {
    if (journal_)
        co_await save(change.revision, next);
    table_ = std::move(next);
    log_.revision = change.revision;
    log_.feed.publish(change);
    next_expiry_.interrupt();
}

asio::awaitable<void> kept_states::save(rulehost::revision newest, state_table states) {
    auto saving = [journal = journal_, newest, states = std::move(states)] {
        journal->save(newest, states);
        return true;
    };
    if (blocking_)
        co_await blocking_call(blocking_, std::move(saving));
    else
        saving();
}

asio::awaitable<void> kept_states::remove_expired(time_point now) {
    auto const states = table_.expired(now);
    auto const decisions = table_.ended(now);
    if (states.empty() && decisions.empty())
        co_return;
    for (auto const& [rule_id, expired] : states) {
        table_.remove_if(rule_id, expired);
        log_.feed.publish(rule_change(++log_.revision, rule_id, rule_state(), rule_change::origin::expiry));
    }
    for (auto const id : decisions) {
        table_.remove_decision(id);
        decision_change const ended{id, std::nullopt};
        log_.feed.publish(rule_change(++log_.revision, ended, rule_change::origin::expiry));
    }
    if (!journal_)
        co_return;
    try {
        co_await save(log_.revision, table_);
    } catch (store_unavailable const& problem) {
        // They are expired regardless of the file; after a restart they are removed again.
        diagnostic finding;
        finding.level = severity::error;
        finding.code = "state-file";
        finding.message = problem.what();
        finding.path = file_.string();
        if (report_)
            report_(finding);
    }
}

} // namespace rulehost
