// Real processes on real time: many writers at once, and the latency of a change from one process to another.
#include "support/test_database.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/engine.hpp>
#include <rulehost/task_group.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/data/test_case.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <vector>

using namespace rulehost;
using namespace rulehost::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace data = boost::unit_test::data;

namespace {

using work = std::function<asio::awaitable<void>(database_rule_store&)>;

/// Runs `what` in a child process with its own store. The process ends with 0 unless an exception was thrown.
pid_t process(std::string const& url, work const& what) {
    auto const child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child != 0)
        return child;
    int status = 1;
    try {
        asio::io_context loop{1};
        system_time_source time;
        database_store_options options;
        options.url = url;
        database_rule_store store(loop.get_executor(), loop.get_executor(), time, std::move(options));
        asio::co_spawn(loop, what(store), [&](std::exception_ptr problem) {
            if (problem)
                std::rethrow_exception(problem);
            status = 0;
        });
        loop.run();
    } catch (std::exception const& problem) {
        std::cerr << "writer: " << problem.what() << '\n';
    }
    ::_exit(status);
}

void require_success(pid_t child) {
    int status = -1;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
}

constexpr int max_attempts = 20;

/// Retries, as a person would, a decision that was not stored because others held the lock for too long.
asio::awaitable<rule_state> decide(database_rule_store& store, std::string rule_id, rule_state state) {
    for (int attempt = 1;; ++attempt) {
        try {
            co_return co_await store.set_state(rule_id, state, "writer");
        } catch (store_unavailable const&) {
            if (attempt == max_attempts)
                throw;
        }
    }
}

/// Requires that a decision about a replaced state is rejected with a newer one.
asio::awaitable<void> require_refusal(database_rule_store& store, std::string rule_id, revision stale) {
    auto const state = rule_state::disabled("stale");
    for (int attempt = 1;; ++attempt) {
        try {
            co_await store.set_state(rule_id, state, "writer", stale);
            throw std::runtime_error("a stale decision was not refused");
        } catch (state_conflict const& conflict) {
            if (conflict.current.revision <= stale)
                throw;
            co_return;
        } catch (store_unavailable const&) {
            if (attempt == max_attempts)
                throw;
        }
    }
}

/// Follows the database until `count` changes were read, and passes each to `each`.
void follow(std::string const& url, std::size_t count, std::function<void()> when_following,
            std::function<void(rule_change const&)> each) {
    asio::io_context loop{1};
    asio::thread_pool pool{1};
    system_time_source time;
    {
        database_store_options options;
        options.url = url;
        database_rule_store store(loop.get_executor(), pool.get_executor(), time, std::move(options));
        auto changes = store.subscribe_changes(count + 1);
        task_group tasks(loop.get_executor());
        auto const read = [&]() -> asio::awaitable<void> {
            co_await store.load_compiled();
            when_following();
            for (std::size_t i = 0; i < count; ++i) {
                auto const next = co_await changes.next();
                BOOST_REQUIRE(std::holds_alternative<rule_change>(next));
                each(std::get<rule_change>(next));
            }
            tasks.cancel();
        };
        tasks.spawn("store", store.run());
        tasks.spawn("reader", read());
        auto const join = [&]() -> asio::awaitable<void> { co_await tasks.join(); };
        asio::co_spawn(loop, join(), [](std::exception_ptr problem) { BOOST_TEST(!problem); });
        loop.run();
    }
    pool.join();
}

std::int64_t monotonic_microseconds() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

} // namespace

BOOST_AUTO_TEST_SUITE(processes)

BOOST_DATA_TEST_CASE(eight_writers_leave_a_gapless_history_and_equal_watchers, data::make(every_kind), kind) {
    constexpr int writers = 8;
    constexpr int writes = 1000;
    test_database database(kind);
    { rule_database(parse_database_url(database.url())).position(); }
    std::vector<pid_t> children;
    revision last = 0;
    std::map<std::string, rule_state, std::less<>> seen;
    engine watcher;
    auto const begin = std::chrono::steady_clock::now();
    follow(
        database.url(), writers * writes,
        [&] {
            for (int writer = 0; writer < writers; ++writer)
                children.push_back(
                    process(database.url(), [writer](database_rule_store& store) -> asio::awaitable<void> {
                        for (int i = 0; i < writes; ++i) {
                            auto const rule_id = "R" + std::to_string(i % 10);
                            auto state = rule_state::disabled(std::to_string(writer) + "/" + std::to_string(i));
                            auto const stored = co_await decide(store, rule_id, state);
                            if (i % 100 == 0)
                                co_await require_refusal(store, rule_id, stored.revision - 1);
                        }
                    }));
        },
        [&](rule_change const& change) {
            BOOST_REQUIRE_EQUAL(change.revision, last + 1);
            last = change.revision;
            seen[change.rule_id] = change.state();
            watcher.apply(change);
        });
    for (auto const child : children)
        require_success(child);
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - begin;
    BOOST_TEST_MESSAGE(kind << ": " << writers * writes / took.count() << " decisions a second, " << writers
                            << " processes");
    rule_database check(parse_database_url(database.url()));
    BOOST_TEST(check.position().revision == std::size_t{writers * writes});
    for (auto const& stored : check.states())
        BOOST_TEST((std::get<rule_state>(stored.value) == seen.at(stored.rule_id)));
    rule_snapshot whole;
    whole.states = seen;
    engine reference;
    reference.replace(whole);
    BOOST_TEST(watcher.digest() == reference.digest());
}

BOOST_DATA_TEST_CASE(every_change_reaches_another_process, data::make(every_kind), kind) {
    constexpr int samples = 200;
    test_database database(kind);
    { rule_database(parse_database_url(database.url())).position(); }
    std::vector<std::int64_t> delays;
    pid_t writer = 0;
    follow(
        database.url(), samples,
        [&] {
            writer = process(database.url(), [](database_rule_store& store) -> asio::awaitable<void> {
                asio::steady_timer pause(co_await asio::this_coro::executor);
                for (int i = 0; i < samples; ++i) {
                    // Out of step with every polling interval.
                    pause.expires_after(std::chrono::milliseconds(20 + i % 17));
                    co_await pause.async_wait(asio::use_awaitable);
                    // Counted from before the call: the commit itself is part of the delay.
                    auto state = rule_state::disabled(std::to_string(monotonic_microseconds()));
                    co_await store.set_state("R1", std::move(state), "writer");
                }
            });
        },
        [&](rule_change const& change) {
            delays.push_back(monotonic_microseconds() - std::stoll(change.state().reason));
        });
    require_success(writer);
    std::ranges::sort(delays);
    auto const at = [&](double share) {
        return static_cast<double>(delays[static_cast<std::size_t>(share * (samples - 1))]) / 1000;
    };
    // `rulehost bench propagation` measures the speed; this test requires that all arrive.
    BOOST_TEST_MESSAGE(kind << ": set_state called to change read: median " << at(0.5) << " ms, p99 " << at(0.99)
                            << " ms");
    BOOST_TEST(delays.size() == std::size_t{samples});
}

BOOST_AUTO_TEST_SUITE_END()
