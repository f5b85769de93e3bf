// Properties of every rule_store: the stream of changes.
#include "conformance/backend.hpp"

#include "support/rule_text.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>

using namespace rulehost;
using namespace std::chrono_literals;
using test::rule_text;
namespace asio = boost::asio;

namespace {

bool strictly_increasing(std::vector<rule_change> const& changes) {
    return std::ranges::adjacent_find(changes, std::ranges::greater_equal{}, &rule_change::revision) == changes.end();
}

} // namespace

RULEHOST_CONFORMANCE_TEST(changes_before_the_subscription_are_not_seen) {
    backend.start();
    backend.set("R1", rule_state::disabled("before"));
    auto reader = backend.store().subscribe_changes();
    backend.set("R2", rule_state::disabled("after"));
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST(changes[0].rule_id == "R2");
}

RULEHOST_CONFORMANCE_TEST(every_subscriber_sees_every_change_once_and_in_order) {
    backend.start();
    auto first = backend.store().subscribe_changes();
    auto second = backend.store().subscribe_changes();
    backend.write_rule("R1", rule_text("R1"));
    for (int number = 0; number != 20; ++number)
        backend.set("R" + std::to_string(number % 3), rule_state::disabled(std::to_string(number)));
    backend.delete_rule("R1");
    for (auto* const reader : {&first, &second}) {
        auto const changes = backend.changes(*reader);
        BOOST_REQUIRE(changes.size() == 22u);
        BOOST_TEST(strictly_increasing(changes));
        for (std::size_t number = 0; number != 20; ++number)
            BOOST_TEST(changes[number + 1].state().reason == std::to_string(number));
    }
}

RULEHOST_CONFORMANCE_TEST(concurrent_writers_leave_one_order_of_changes) {
    backend.start();
    auto reader = backend.store().subscribe_changes();
    std::vector<revision> stored;
    auto const write = [&](std::string rule_id, std::string reason) {
        asio::co_spawn(backend.loop().loop,
                       backend.store().set_state(std::move(rule_id), rule_state::disabled(std::move(reason)), "ops"),
                       [&](std::exception_ptr problem, rule_state state) {
                           BOOST_TEST(!problem);
                           stored.push_back(state.revision);
                       });
    };
    for (int number = 0; number != 50; ++number)
        write("R" + std::to_string(number % 7), std::to_string(number));
    backend.settle();
    auto const changes = backend.changes(reader);
    BOOST_REQUIRE(changes.size() == 50u);
    BOOST_TEST(strictly_increasing(changes));
    std::ranges::sort(stored);
    for (std::size_t index = 0; index != 50; ++index)
        BOOST_TEST(stored.at(index) == changes[index].revision);
    auto const states = backend.load().states;
    for (int rule = 0; rule != 7; ++rule) {
        auto const rule_id = "R" + std::to_string(rule);
        auto const last = std::ranges::find(changes.rbegin(), changes.rend(), rule_id, &rule_change::rule_id);
        BOOST_TEST((states.at(rule_id) == last->state()));
    }
}

RULEHOST_CONFORMANCE_TEST(state_set_anywhere_between_subscribe_and_load_is_seen_exactly_once) {
    backend.start();
    auto& loop = backend.loop().loop;
    bool loaded_before_the_write = false;
    for (int step = 0; !loaded_before_the_write; ++step) {
        BOOST_REQUIRE(step < 1000);
        auto const rule_id = "R" + std::to_string(step);
        auto reader = backend.store().subscribe_changes();
        std::optional<rule_snapshot> snapshot;
        asio::co_spawn(loop, backend.store().load_compiled(), [&](std::exception_ptr problem, rule_snapshot loaded) {
            BOOST_TEST(!problem);
            snapshot = std::move(loaded);
        });
        for (int handlers = 0; handlers != step && !snapshot; ++handlers) {
            loop.restart();
            loop.poll_one();
        }
        loaded_before_the_write = snapshot.has_value();
        backend.set(rule_id, rule_state::disabled("between"));
        backend.settle();
        BOOST_REQUIRE(snapshot);
        auto const later = backend.changes(reader);
        auto const seen = std::ranges::count_if(later, [&](rule_change const& change) {
            return change.rule_id == rule_id && change.revision > snapshot->revision;
        });
        BOOST_TEST(seen + static_cast<int>(snapshot->states.count(rule_id)) == 1);
    }
}

RULEHOST_CONFORMANCE_TEST(slow_subscriber_lags_and_delays_no_other) {
    backend.start();
    auto slow = backend.store().subscribe_changes(3);
    auto quick = backend.store().subscribe_changes();
    revision last = 0;
    for (int number = 0; number != 10; ++number)
        last = backend.set("R1", rule_state::disabled(std::to_string(number))).revision;
    BOOST_TEST(backend.changes(quick).size() == 10u);
    auto const taken = backend.poll(slow);
    BOOST_REQUIRE(taken);
    BOOST_REQUIRE(std::holds_alternative<subscription_lagged>(*taken));
    BOOST_TEST(std::get<subscription_lagged>(*taken).reload_from == last);
    BOOST_TEST(backend.load().revision >= last);
    auto const next = backend.set("R2", rule_state::disabled("after"));
    auto const changes = backend.changes(slow);
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST(changes[0].revision == next.revision);
}

RULEHOST_CONFORMANCE_TEST(cancelled_read_loses_nothing) {
    backend.start();
    auto reader = backend.store().subscribe_changes();
    BOOST_TEST(!backend.poll(reader));
    backend.set("R1", rule_state::disabled("noisy"));
    BOOST_TEST(backend.changes(reader).size() == 1u);
}

RULEHOST_CONFORMANCE_TEST(destroyed_subscription_does_not_disturb_the_others) {
    backend.start();
    auto stays = backend.store().subscribe_changes();
    {
        auto goes = backend.store().subscribe_changes();
        backend.set("R1", rule_state::disabled("one"));
    }
    backend.set("R1", rule_state::disabled("two"));
    BOOST_TEST(backend.changes(stays).size() == 2u);
}

RULEHOST_CONFORMANCE_TEST(subscription_ends_with_its_store_after_what_was_buffered) {
    backend.start();
    auto reader = backend.store().subscribe_changes();
    backend.set("R1", rule_state::disabled("last"));
    backend.stop();
    backend.reopen();
    auto const change = backend.poll(reader);
    BOOST_REQUIRE(change);
    BOOST_TEST(std::holds_alternative<rule_change>(*change));
    auto const end = backend.poll(reader);
    BOOST_REQUIRE(end);
    BOOST_TEST(std::holds_alternative<subscription_ended>(*end));
}

RULEHOST_CONFORMANCE_TEST(store_works_without_running) {
    auto reader = backend.store().subscribe_changes();
    auto const stored = backend.set("R1", rule_state::disabled("noisy"));
    BOOST_TEST((backend.get("R1") == stored));
    BOOST_TEST(backend.changes(reader).size() == 1u);
}
