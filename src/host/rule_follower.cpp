#include <rulehost/rule_follower.hpp>

#include "async/blocking_call.hpp"
#include "text/failure_reason.hpp"

#include <rulehost/diagnostic.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace rulehost {

namespace asio = boost::asio;

namespace {

/// A snapshot on its way into an engine.
struct loading {
    rule_snapshot snapshot;
    std::vector<std::string> failures; ///< for the log
};

/// Prepares the snapshot. If the engine rejects it as a whole, quarantines the rules that it rejects individually.
prepared_rules prepare_accepted(engine const& rules, loading& load) {
    auto& snapshot = load.snapshot;
    try {
        return rules.prepare(snapshot);
    } catch (std::exception const&) {
        // One rule is at fault, or memory ran out.
    }
    auto const live = rules.rules();
    std::vector<compiled_rule_ptr> good;
    for (auto const& rule : snapshot.rules) {
        auto const& definition = rule->shared_definition();
        try {
            engine().apply(rule_change(1, definition->rule_id, definition));
            good.push_back(rule);
        } catch (std::exception const& error) {
            auto const before = std::ranges::find(live, definition->rule_id,
                                                  [](auto const& each) { return each->definition().rule_id; });
            diagnostic finding;
            finding.code = "engine";
            finding.message = "the engine rejects the rule: " + failure_reason(error);
            finding.rule_id = definition->rule_id;
            load.failures.push_back("rule " + definition->rule_id + " is quarantined: " + failure_reason(error));
            snapshot.quarantine.push_back({definition->rule_id, {}, {std::move(finding)}, before != live.end()});
            if (before != live.end())
                good.push_back(std::make_shared<compiled_rule>((*before)->shared_definition(), rule->state()));
        }
    }
    snapshot.rules = std::move(good);
    return rules.prepare(snapshot);
}

} // namespace

rule_follower::rule_follower(engine& rules, rule_store& store, observer to_notify, asio::any_io_executor background)
    : rules_(rules),
      store_(store),
      observer_(std::move(to_notify)),
      background_(std::move(background)),
      changes_(store.subscribe_changes()) {
    rules_.expire_by(store.expiries());
}

asio::awaitable<void> rule_follower::load() {
    auto snapshot = co_await store_.load_compiled();
    auto const loaded = std::make_shared<loading>();
    loaded->snapshot = std::move(snapshot);
    std::function<prepared_rules()> prepare = [&rules = std::as_const(rules_), loaded] {
        return prepare_accepted(rules, *loaded);
    };
    co_await go_live(std::move(prepare));
    behind_ = false;
    for (auto const& line : loaded->failures)
        fail(line);
    if (observer_.replaced)
        observer_.replaced(loaded->snapshot);
}

/// Runs `prepare` in the background and makes its result live. Repeats it if a compaction came between.
asio::awaitable<void> rule_follower::go_live(std::function<prepared_rules()> prepare) {
    auto const caller = co_await asio::this_coro::cancellation_state;
    auto where = background_;
    if (!where)
        where = co_await asio::this_coro::executor;
    for (bool is_live = false; !is_live;) {
        auto again = prepare;
        auto prepared = co_await blocking_call(where, std::move(again));
        if (caller.cancelled() != asio::cancellation_type::none)
            throw boost::system::system_error(asio::error::operation_aborted);
        is_live = rules_.publish(std::move(prepared));
    }
}

asio::awaitable<void> rule_follower::apply(rule_change const& change) {
    std::function<prepared_rules()> prepare = [&rules = std::as_const(rules_),
                                               change = std::make_shared<rule_change const>(change)] {
        return rules.prepare(*change);
    };
    co_await go_live(std::move(prepare));
}

revision rule_follower::applied(revision read) const {
    auto const in_engine = rules_.revision();
    return behind_ || !changes_.empty() ? in_engine : std::max(in_engine, read);
}

asio::awaitable<void> rule_follower::run() {
    task_group tasks(co_await asio::this_coro::executor);
    tasks.spawn("changes of rules", follow(tasks));
    co_await tasks.join();
}

asio::awaitable<void> rule_follower::follow(task_group& tasks) {
    for (;;) {
        auto const next = co_await changes_.next();
        if (std::holds_alternative<subscription_ended>(next))
            co_return;
        if (behind_ || std::holds_alternative<subscription_lagged>(next)) {
            co_await catch_up("the rules of the store");
            continue;
        }
        auto const& change = std::get<rule_change>(next);
        if (change.revision <= rules_.revision()) // the load contained it
            continue;
        behind_ = true; // until the change is live
        std::string problem;
        try {
            co_await apply(change);
        } catch (std::exception const& error) {
            problem = "rule " + change.rule_id + ": " + failure_reason(error);
        }
        if (!problem.empty()) {
            co_await catch_up(std::move(problem)); // does not begin if this coroutine is cancelled
            continue;
        }
        behind_ = false;
        try { // a failed observer does not affect the live rule
            if (observer_.applied)
                observer_.applied(change);
        } catch (std::exception const& error) {
            fail("rule " + change.rule_id + ": its change is not reported: " + failure_reason(error));
        }
        if (background_ && !compacting_ && rules_.wants_compaction()) {
            compacting_ = true;
            tasks.spawn("compaction of rules", compact());
        }
    }
}

/// Reloads; `what` is the reason, for the log.
asio::awaitable<void> rule_follower::catch_up(std::string what) {
    auto const caller = co_await asio::this_coro::cancellation_state;
    behind_ = true;
    try {
        co_await load();
    } catch (std::exception const& error) {
        if (caller.cancelled() != asio::cancellation_type::none)
            throw;
        fail("the rules stay unchanged; " + what + "; " + failure_reason(error));
    }
}

asio::awaitable<void> rule_follower::compact() {
    auto rebuild = [&rules = rules_]() -> std::string {
        try {
            rules.compact();
            return {};
        } catch (std::exception const& error) {
            return failure_reason(error);
        }
    };
    std::string problem;
    do {
        auto again = rebuild;
        problem = co_await blocking_call(background_, std::move(again));
    } while (problem.empty() && rules_.wants_compaction()); // many changes came during it, and perhaps none will follow
    if (!problem.empty())
        fail("the index of the rules is not rebuilt: " + problem);
    compacting_ = false;
}

void rule_follower::fail(std::string const& line) const {
    if (observer_.failed)
        observer_.failed(line);
}

} // namespace rulehost
