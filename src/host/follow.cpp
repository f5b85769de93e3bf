#include "host/follow.hpp"

#include <variant>

namespace rulehost {

namespace asio = boost::asio;

asio::awaitable<void> follow(engine& rules, rule_store& store, follow_observer observer) {
    auto changes = store.subscribe_changes();
    for (bool behind = true;;) {
        if (behind) {
            auto const snapshot = co_await store.load_compiled();
            rules.replace(snapshot);
            if (observer.replaced)
                observer.replaced(snapshot);
            behind = false;
        }
        auto const next = co_await changes.next();
        if (std::holds_alternative<subscription_ended>(next))
            co_return;
        if (std::holds_alternative<subscription_lagged>(next)) {
            behind = true;
            continue;
        }
        auto const& change = std::get<rule_change>(next);
        if (change.revision <= rules.revision())
            continue;
        rules.apply(change);
        if (observer.applied)
            observer.applied(change);
    }
}

} // namespace rulehost
