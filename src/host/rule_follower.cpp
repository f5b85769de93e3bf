#include <rulehost/rule_follower.hpp>

#include <utility>
#include <variant>

namespace rulehost {

namespace asio = boost::asio;

rule_follower::rule_follower(engine& rules, rule_store& store, observer told)
    : rules_(rules), store_(store), told_(std::move(told)), changes_(store.subscribe_changes()) {}

asio::awaitable<void> rule_follower::load() {
    auto const snapshot = co_await store_.load_compiled();
    rules_.replace(snapshot);
    if (told_.replaced)
        told_.replaced(snapshot);
}

asio::awaitable<void> rule_follower::run() {
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
    }
}

} // namespace rulehost
