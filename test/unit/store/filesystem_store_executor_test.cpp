#include <rulehost/filesystem_rule_store.hpp>

#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

std::string rule(std::string const& id, std::string const& pattern) {
    return "rule_id: " + id + "\nname: a rule\napplies_to: [command]\nmatch: {pattern: " + pattern +
        "}\nemits: [{technique_id: T1105, tactic: TA0011, confidence: 0.9}]\n";
}

/// A store whose disk answers on the test's command.
struct slow_disk : test::virtual_loop {
    slow_disk() {
        directory.write("rules/R1.yaml", rule("R1", "wget"));
        filesystem_store_options options;
        options.directory = directory / "rules";
        options.state_file = directory / "states";
        options.watch = filesystem_store_options::hints::none;
        options.blocking = disk.get_executor();
        store.emplace(loop.get_executor(), time, options);
        changes.emplace(store->subscribe_changes());
        tasks.spawn("store", store->run());
        answer();
    }
    ~slow_disk() {
        tasks.cancel();
        bool ended = false;
        asio::co_spawn(loop, tasks.join(), [&](std::exception_ptr) { ended = true; });
        for (int i = 0; i < 10 && !ended; ++i)
            answer();
        BOOST_TEST(ended);
    }

    /// Waits until all work on the disk is done.
    void answer() {
        time.settle();
        disk.restart();
        disk.poll();
        time.settle();
    }
    void decide(rule_state state) {
        tasks.spawn("decision", set(std::move(state)));
        time.settle();
    }
    asio::awaitable<void> set(rule_state state) {
        auto const done = co_await store->set_state("R1", std::move(state), "ops");
        decided.push_back(done.revision);
    }
    rule_status status() { return run(store->get_state("R1")).status; }
    std::size_t live() { return run(store->load_compiled()).rules.size(); }

    test::temporary_directory directory;
    asio::io_context disk{1};
    std::optional<filesystem_rule_store> store;
    std::optional<change_subscription> changes;
    std::vector<revision> decided;
    task_group tasks{loop.get_executor()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(filesystem_store_executors, slow_disk)

BOOST_AUTO_TEST_CASE(store_answers_while_the_directory_is_read) {
    directory.write("rules/R2.yaml", rule("R2", "curl"));
    store->rescan();
    time.settle();
    BOOST_TEST(live() == 1u);
    answer();
    BOOST_TEST(live() == 2u);
    directory.write("rules/R3.yaml", rule("R3", "nc"));
    time.advance(1min); // the periodic rescan
    BOOST_TEST(live() == 2u);
    answer();
    BOOST_TEST(live() == 3u);
}

BOOST_AUTO_TEST_CASE(first_reading_delays_nothing) {
    filesystem_store_options options;
    options.directory = directory / "rules";
    options.watch = filesystem_store_options::hints::none;
    options.blocking = disk.get_executor();
    filesystem_rule_store another(loop.get_executor(), time, options);
    std::vector<std::size_t> loaded;
    auto const load = [&]() -> asio::awaitable<void> {
        auto const snapshot = co_await another.load_compiled();
        loaded.push_back(snapshot.rules.size());
    };
    tasks.spawn("first", load());
    tasks.spawn("second", load());
    time.settle();
    BOOST_TEST(loaded.empty());
    answer();
    answer();
    BOOST_TEST(loaded == (std::vector<std::size_t>{1, 1}), boost::test_tools::per_element());
    BOOST_TEST(run(another.load_compiled()).revision == 1u);
}

BOOST_AUTO_TEST_CASE(decision_is_seen_when_it_is_on_the_disk) {
    decide(rule_state::disabled("noisy"));
    BOOST_TEST((status() == rule_status::enabled));
    BOOST_TEST(decided.empty());
    answer();
    BOOST_TEST((status() == rule_status::disabled));
    BOOST_TEST(decided.size() == 1u);
    BOOST_TEST(directory.read("states").find("noisy") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(decisions_and_edits_at_once_are_reported_in_the_order_of_their_revisions) {
    directory.write("rules/R2.yaml", rule("R2", "curl"));
    store->rescan();
    decide(rule_state::disabled("first"));
    decide(rule_state::disabled("second"));
    for (int i = 0; i < 10; ++i)
        answer();
    BOOST_TEST(decided.size() == 2u);
    BOOST_TEST(run(store->get_state("R1")).reason == "second");
    revision last = 0;
    for (int i = 0; i < 3; ++i) {
        auto const next = run(changes->next());
        auto const& change = std::get<rule_change>(next);
        BOOST_TEST(change.revision > last);
        last = change.revision;
    }
    BOOST_TEST(run(store->load_compiled()).revision == last);
}

BOOST_AUTO_TEST_CASE(edit_of_a_cancelled_scan_is_not_lost) {
    directory.write("rules/R2.yaml", rule("R2", "curl"));
    task_group impatient(loop.get_executor());
    impatient.spawn("look", store->look());
    time.settle();
    impatient.cancel();
    asio::co_spawn(loop, impatient.join(), [](std::exception_ptr) {});
    answer();
    time.advance(1min);
    answer();
    BOOST_TEST(live() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
