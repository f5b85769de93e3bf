#include <rulehost/rule_follower.hpp>

#include "store/change_feed.hpp"
#include "support/definitions.hpp"
#include "support/events.hpp"
#include "support/followed_store.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
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

    revision newest() const { return revision_; }

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

    /// Cancels the follower. Returns whether it ended at once; else `ended` becomes true later.
    bool cancel() {
        tasks.cancel();
        auto const joining = [](following& all) -> asio::awaitable<void> {
            co_await all.tasks.join();
            all.ended = true;
        };
        asio::co_spawn(loop, joining(*this), [](std::exception_ptr problem) { BOOST_TEST(!problem); });
        time.settle();
        return ended;
    }

    asio::awaitable<void> load_and_run() {
        co_await follower->load();
        co_await follower->run();
    }

    rule_status live() const { return rules.rules().front()->state().status; }

    scripted_store store;
    engine rules;
    std::optional<rule_follower> follower;
    std::vector<revision> applied;
    task_group tasks;
    bool ended = false;
};

/// Rules compile when the test says so.
struct compiling_by_hand : following {
    void begin() {
        rule_follower::observer observer;
        observer.applied = [this](rule_change const& change) { applied.push_back(change.revision); };
        follower.emplace(rules, store, observer, elsewhere.get_executor());
        tasks.spawn("follower", load_and_run());
        time.settle();
    }
    void begin_and_load() {
        begin();
        BOOST_TEST(compile() == 1u);
        time.settle();
        BOOST_TEST(rules.revision() == 1u);
    }

    /// Compiles what waits for it; the loop does not run. Returns how many jobs that were.
    std::size_t compile() {
        elsewhere.restart();
        return elsewhere.poll();
    }

    std::size_t tags(std::string const& line) {
        return rules.evaluate(test::command(line), time.now()).value().tags.size();
    }

    asio::io_context elsewhere{1};
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
    asio::thread_pool elsewhere(2);
    auto const until = [this](auto const& is_reached) {
        for (bool more = true; more && !is_reached(); loop.restart())
            more = loop.run_one() != 0;
        time.settle();
        BOOST_REQUIRE(is_reached());
    };
    store.further_rules = 1000; // so that a compaction takes longer than several changes
    follower.emplace(rules, store, rule_follower::observer(), elsewhere.get_executor());
    tasks.spawn("follower", load_and_run());
    until([this] { return rules.revision() == 1; });
    for (auto const& prefix : {"R", "S"}) {
        for (auto const& each : many(prefix)) {
            store.define(each);
            until([&] { return rules.revision() == store.newest(); });
        }
    }
    until([this] { return !rules.wants_compaction(); });
    BOOST_TEST(rules.rules().size() == 1081u);
    cancel();
    until([this] { return ended; });
}

BOOST_AUTO_TEST_CASE(end_of_the_store_ends_the_follower) {
    start();
    store.feed.reset();
    time.settle();
    run(tasks.join());
    BOOST_TEST((live() == rule_status::enabled));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(compiling_followers, compiling_by_hand)

BOOST_AUTO_TEST_CASE(events_and_timers_go_on_while_rules_compile) {
    begin_and_load();
    bool rang = false;
    auto const ring = [&]() -> asio::awaitable<void> {
        co_await time.pause(1s);
        rang = true;
    };
    store.define(test::rule_matching("{pattern: curl}", "R2"));
    time.settle();
    tasks.spawn("timer", ring());
    time.advance(1s);
    BOOST_TEST(rang);
    BOOST_TEST(tags("wget; curl") == 1u);
    BOOST_TEST(follower->applied(2) == 1u); // taken, and not live yet
    BOOST_TEST(compile() == 1u);
    BOOST_TEST(tags("wget; curl") == 1u); // only the loop swaps rules, so that none change within a batch
    BOOST_TEST(applied.empty());
    time.settle();
    BOOST_TEST(tags("wget; curl") == 2u);
    BOOST_TEST(follower->applied(2) == 2u);
    BOOST_TEST((applied == std::vector<revision>{2}));
    stop();
}

BOOST_AUTO_TEST_CASE(one_change_compiles_at_a_time) {
    begin_and_load();
    store.define(test::rule_matching("{pattern: curl}", "R2"));
    store.edit(rule_state::disabled("noise"));
    time.settle();
    for (auto const number : {2u, 3u}) {
        BOOST_TEST(compile() == 1u);
        time.settle();
        BOOST_TEST(rules.revision() == number);
    }
    BOOST_TEST(compile() == 0u);
    BOOST_TEST(tags("wget; curl") == 1u);
    stop();
}

BOOST_AUTO_TEST_CASE(change_that_meets_a_compaction_compiles_again) {
    begin_and_load();
    store.define(test::rule_matching("{pattern: curl}", "R2"));
    time.settle();
    BOOST_TEST(compile() == 1u);
    rules.compact();
    time.settle();
    BOOST_TEST(rules.revision() == 1u);
    BOOST_TEST(compile() == 1u);
    time.settle();
    BOOST_TEST(rules.revision() == 2u);
    BOOST_TEST((applied == std::vector<revision>{2}));
    BOOST_TEST(store.loads == 1);
    stop();
}

BOOST_AUTO_TEST_CASE(stop_while_a_change_compiles_drops_it) {
    begin_and_load();
    store.define(test::rule_matching("{pattern: curl}", "R2"));
    time.settle();
    BOOST_TEST(!cancel());
    BOOST_TEST(compile() == 1u);
    time.settle();
    BOOST_TEST(ended);
    BOOST_TEST(rules.revision() == 1u);
    BOOST_TEST(tags("curl") == 0u);
    BOOST_TEST(applied.empty());
    BOOST_TEST(store.loads == 1);
}

BOOST_AUTO_TEST_CASE(stop_while_the_first_rules_compile_drops_them) {
    begin();
    BOOST_TEST(!cancel());
    BOOST_TEST(compile() == 1u);
    time.settle();
    BOOST_TEST(ended);
    BOOST_TEST(rules.rules().empty());
}

BOOST_AUTO_TEST_CASE(end_of_the_store_while_a_change_compiles_comes_after_the_change) {
    begin_and_load();
    store.define(test::rule_matching("{pattern: curl}", "R2"));
    time.settle();
    store.feed.reset();
    BOOST_TEST(compile() == 1u);
    time.settle();
    BOOST_TEST(tags("curl") == 1u);
    run(tasks.join());
}

BOOST_AUTO_TEST_SUITE_END()
