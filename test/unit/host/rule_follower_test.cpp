#include <rulehost/rule_follower.hpp>

#include "store/change_feed.hpp"
#include "support/definitions.hpp"
#include "support/events.hpp"
#include "support/followed_store.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

/// A store of states only; an edit can interrupt every step.
class scripted_store final : public test::followed_store {
public:
    asio::awaitable<rule_snapshot> load_compiled() override {
        ++loads;
        if (before_load)
            std::exchange(before_load, {})();
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
        rule_snapshot snapshot;
        snapshot.revision = revision_;
        snapshot.rules.push_back(std::make_shared<compiled_rule>(rule_, states_["R1"]));
        for (int number = 0; number != further_rules; ++number)
            snapshot.rules.push_back(
                std::make_shared<compiled_rule>(test::rule_matching("{pattern: curl" + std::to_string(number) + "}",
                                                                    "B" + std::to_string(100 + number)),
                                                rule_state{}));
        snapshot.states = states_;
        if (after_load)
            std::exchange(after_load, {})();
        co_return snapshot;
    }
    change_subscription subscribe_changes(std::size_t) override { return feed->subscribe(2); }
    expiry_clock expiries() const override { return clock; }

    void edit(rule_state state) {
        state.revision = ++revision_;
        states_["R1"] = state;
        feed->publish(rule_change(revision_, "R1", state));
    }

    void define(std::shared_ptr<rule_definition const> rule) {
        auto const id = rule->rule_id;
        feed->publish(rule_change(++revision_, id, std::move(rule)));
    }

    expiry_clock clock;
    std::function<void()> before_load;
    std::function<void()> after_load;
    int loads = 0;
    int further_rules = 0; ///< rules that exist from the start
    std::optional<change_feed> feed{std::in_place};

private:
    std::shared_ptr<rule_definition const> rule_ = test::rule_matching("{pattern: wget}");
    std::map<std::string, rule_state, std::less<>> states_;
    revision revision_ = 1;
};

struct following : test::virtual_loop {
    following() : tasks(loop.get_executor()) {}

    void start() { start(loop.get_executor()); }
    void start(asio::any_io_executor background) {
        rule_follower::observer observer;
        observer.applied = [this](rule_change const& change) { applied.push_back(change.revision); };
        follower.emplace(rules, store, observer, std::move(background));
        run(follower->load());
        tasks.spawn("follower", follower->run());
        time.settle();
    }

    void stop() {
        tasks.cancel();
        run(tasks.join());
    }

    using definitions = std::vector<std::shared_ptr<rule_definition const>>;
    static definitions many(std::string const& prefix) {
        definitions all;
        for (int number = 100; number != 140; ++number)
            all.push_back(test::rule_matching("{pattern: curl}", prefix + std::to_string(number)));
        return all;
    }
    void define(definitions const& all) {
        for (auto const& each : all) {
            store.define(each);
            time.settle();
        }
    }

    rule_status live() const { return rules.rules().front()->state().status; }

    scripted_store store;
    engine rules;
    std::optional<rule_follower> follower;
    std::vector<revision> applied;
    task_group tasks;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rule_followers, following)

BOOST_AUTO_TEST_CASE(changes_are_applied_as_they_come) {
    start();
    BOOST_TEST((live() == rule_status::enabled));
    store.edit(rule_state::disabled("noise"));
    time.settle();
    BOOST_TEST((live() == rule_status::disabled));
    BOOST_TEST(rules.revision() == 2u);
    stop();
}

BOOST_AUTO_TEST_CASE(revision_counts_as_applied_when_every_change_up_to_it_is_live) {
    start();
    BOOST_TEST(follower->applied(1) == 1u);
    store.edit(rule_state::disabled("noise"));
    BOOST_TEST(follower->applied(2) == 1u); // published, and not applied yet
    time.settle();
    BOOST_TEST(follower->applied(2) == 2u);
    BOOST_TEST(follower->applied(5) == 5u); // later changes concerned no live rule
    stop();
}

BOOST_AUTO_TEST_CASE(change_that_cannot_be_reported_is_live_and_the_next_one_comes) {
    rule_follower::observer observer;
    std::vector<std::string> failures;
    observer.applied = [](rule_change const&) { throw std::bad_alloc(); };
    observer.failed = [&](std::string const& line) { failures.push_back(line); };
    follower.emplace(rules, store, observer);
    run(follower->load());
    tasks.spawn("follower", follower->run());
    time.settle();
    for (auto const& state : {rule_state::disabled("noise"), rule_state()}) {
        store.edit(state);
        time.settle();
        BOOST_TEST((live() == state.status));
    }
    BOOST_TEST(failures.size() == 2u);
    BOOST_TEST(store.loads == 1);
    stop();
}

BOOST_AUTO_TEST_CASE(states_expire_by_the_clock_of_the_store_as_it_is_set) {
    start();
    store.edit(rule_state::disabled("noise", time.now() + 1h));
    time.settle();
    auto const tags = [this] { return rules.evaluate(test::command("wget"), time.now()).value().tags.size(); };
    BOOST_TEST(tags() == 0u);
    store.clock.set_ahead(1h);
    BOOST_TEST(tags() == 1u);
    store.clock.set_ahead(1h - 1us);
    BOOST_TEST(tags() == 0u);
    stop();
}

BOOST_AUTO_TEST_CASE(change_before_the_load_is_not_applied_twice) {
    store.before_load = [this] { store.edit(rule_state::disabled("noise")); };
    start();
    BOOST_TEST((live() == rule_status::disabled));
    BOOST_TEST(applied.empty());
    stop();
}

BOOST_AUTO_TEST_CASE(change_after_the_load_is_not_missed) {
    store.after_load = [this] { store.edit(rule_state::disabled("noise")); };
    start();
    BOOST_TEST((live() == rule_status::disabled));
    BOOST_TEST((applied == std::vector<revision>{2}));
    stop();
}

BOOST_AUTO_TEST_CASE(falling_behind_ends_in_a_reload_with_the_newest_state) {
    start();
    for (int edit = 0; edit < 5; ++edit)
        store.edit(rule_state::clipped(0.1 * edit, "noise"));
    store.edit(rule_state::disabled("noise"));
    time.settle();
    BOOST_TEST(store.loads == 2);
    BOOST_TEST((live() == rule_status::disabled));
    BOOST_TEST(rules.revision() == 7u);
    stop();
}

BOOST_AUTO_TEST_CASE(many_changes_one_by_one_are_compacted) {
    store.further_rules = 100; // with few rules, each change rebuilds the whole index
    start();
    bool scattered = false;
    for (int number = 0; number != 40; ++number) {
        store.define(test::rule_matching("{pattern: curl}", "R" + std::to_string(100 + number)));
        // Steps the loop by hand to observe the engine between a change and its compaction.
        while (loop.poll_one() != 0)
            scattered = scattered || rules.wants_compaction();
        loop.restart();
        BOOST_TEST(!rules.wants_compaction());
    }
    BOOST_TEST(scattered);
    BOOST_TEST(rules.rules().size() == 141u);
    stop();
}

BOOST_AUTO_TEST_CASE(changes_during_a_compaction_are_compacted_after_it) {
    asio::thread_pool elsewhere(1);
    auto const until_done = [&] {
        std::promise<void> reached;
        asio::post(elsewhere, [&] { reached.set_value(); });
        reached.get_future().wait();
        time.settle();
    };
    auto const later = many("S");
    store.further_rules = 1000; // so that it still compacts them when the later ones are applied
    start(elsewhere.get_executor());
    std::promise<void> begin;
    asio::post(elsewhere, [&] { begin.get_future().wait(); });
    define(many("R"));
    begin.set_value();
    define(later);
    until_done();
    until_done();
    BOOST_TEST(!rules.wants_compaction());
    BOOST_TEST(rules.rules().size() == 1081u);
    stop();
}

BOOST_AUTO_TEST_CASE(end_of_the_store_ends_the_follower) {
    start();
    store.feed.reset();
    time.settle();
    run(tasks.join());
    BOOST_TEST((live() == rule_status::enabled));
}

BOOST_AUTO_TEST_SUITE_END()
