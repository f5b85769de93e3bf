#include <rulehost/rule_follower.hpp>

#include "sql/database_call.hpp"

#include <boost/asio/this_coro.hpp>

#include <utility>
#include <variant>

namespace rulehost {

namespace asio = boost::asio;

rule_follower::rule_follower(engine& rules, rule_store& store, observer told, asio::any_io_executor background)
    : rules_(rules), store_(store), told_(std::move(told)), background_(std::move(background)),
      changes_(store.subscribe_changes()) {
    rules_.expire_by(store.expiries());
}

asio::awaitable<void> rule_follower::load() {
    auto const snapshot = co_await store_.load_compiled();
    rules_.replace(snapshot);
    if (told_.replaced)
        told_.replaced(snapshot);
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
        if (std::holds_alternative<subscription_lagged>(next)) {
            co_await load();
            continue;
        }
        auto const& change = std::get<rule_change>(next);
        if (change.revision <= rules_.revision()) // the load contained it
            continue;
        rules_.apply(change);
        if (told_.applied)
            told_.applied(change);
        if (background_ && !compacting_ && rules_.wants_compaction()) {
            compacting_ = true;
            tasks.spawn("compaction of rules", compact());
        }
    }
}

asio::awaitable<void> rule_follower::compact() {
    auto rebuild = [&rules = rules_] {
        rules.compact();
        return true;
    };
    do {
        auto again = rebuild;
        co_await database_call(background_, std::move(again));
    } while (rules_.wants_compaction()); // so much has changed meanwhile, and perhaps nothing will any more
    compacting_ = false;
}

} // namespace rulehost
