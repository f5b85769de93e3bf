// An exception of one rule or one call ends no loop of a store, and affects no other rule.
#include "store/database/database_mirror.hpp"
#include "support/rule_text.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/filesystem_rule_store.hpp>
#include <rulehost/rule_reader.hpp>
#include <rulehost/rule_sync.hpp>
#include <rulehost/task_group.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <new>
#include <string>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;
using test::rule_text;
namespace asio = boost::asio;

namespace {

using texts = std::vector<std::string>;

struct short_memory_fixture : test::virtual_loop {
    short_memory_fixture() {
        directory.write("rules/R1.yaml", rule_text("R1"));
        directory.write("rules/R2.yaml", rule_text("R2"));
        directory.write("rules/R3.yaml", rule_text("R3"));
    }
    ~short_memory_fixture() {
        tasks.cancel();
        run(tasks.join());
    }

    std::unique_ptr<database_rule_store> open() {
        database_store_options options;
        options.url = "sqlite:" + (directory / "rulehost.db").string();
        options.database_clock = [this] { return time.now(); };
        options.random = [] { return 0.5; };
        options.log = [this](std::string const& line) { log.push_back(line); };
        options.admit = [this](auto const& rule) -> std::vector<diagnostic> {
            if (rule->rule_id == untested)
                throw std::bad_alloc();
            return {};
        };
        options.faults.before = [this](std::string_view call) { return fail(call); };
        return std::make_unique<database_rule_store>(loop.get_executor(), loop.get_executor(), time,
                                                     std::move(options));
    }
    asio::awaitable<void> fail(std::string_view call) {
        if (call == failing && failures > 0) {
            --failures;
            throw std::bad_alloc();
        }
        co_return;
    }
    void fail_once(std::string call) {
        failing = std::move(call);
        failures = 1;
    }

    void write(database_rule_store& to, std::string const& rule_id, std::string const& pattern) {
        auto documents = read_rules(rule_text(rule_id, pattern), rule_id + ".yaml");
        auto written = to.upsert_rule(documents.at(0).definition, rule_id + ".yaml", "author");
        run(std::move(written));
    }

    static texts ids(rule_snapshot const& snapshot) {
        texts all;
        for (auto const& each : snapshot.rules)
            all.push_back(each->definition().rule_id);
        return all;
    }

    test::temporary_directory directory;
    texts log;
    std::string untested; ///< the rule whose tests run out of memory
    std::string failing;
    int failures = 0;
    task_group tasks{loop.get_executor()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(short_memory, short_memory_fixture)

BOOST_AUTO_TEST_CASE(a_rule_that_cannot_be_tested_is_quarantined_alone) {
    auto const writer = open();
    auto const store = open();
    tasks.spawn("store", store->run());
    time.settle();
    untested = "R2";
    for (auto const* const rule_id : {"R1", "R2", "R3"})
        write(*writer, rule_id, "wget");
    time.advance(1min);
    auto const snapshot = run(store->load_compiled());
    BOOST_TEST(ids(snapshot) == (texts{"R1", "R3"}), boost::test_tools::per_element());
    BOOST_REQUIRE_EQUAL(snapshot.quarantine.size(), 1u);
    BOOST_TEST(snapshot.quarantine.front().rule_id == "R2");
    BOOST_TEST(snapshot.quarantine.front().diagnostics.front().message == "the rule cannot be tested: out of memory");
}

BOOST_AUTO_TEST_CASE(a_look_without_memory_is_made_again) {
    auto const writer = open();
    auto const store = open();
    tasks.spawn("store", store->run());
    time.settle();
    auto changes = store->subscribe_changes();
    fail_once("look");
    time.advance(10s);
    BOOST_TEST(failures == 0);
    write(*writer, "R1", "wget");
    time.advance(10s);
    auto const next = run(changes.next());
    BOOST_REQUIRE(std::holds_alternative<rule_change>(next));
    BOOST_TEST(std::get<rule_change>(next).rule_id == "R1");
    BOOST_TEST(log.size() == 2u);
    BOOST_TEST(!store->stale_since());
}

BOOST_AUTO_TEST_CASE(a_master_without_memory_for_a_rule_writes_the_others_and_goes_on) {
    filesystem_store_options reading;
    reading.directory = directory / "rules";
    reading.watch = filesystem_store_options::hints::none;
    filesystem_rule_store files(loop.get_executor(), time, std::move(reading));
    auto const database = open();
    rule_sync_options how;
    how.log = [this](std::string const& line) { log.push_back(line); };
    sync_from_filesystem master(files, *database, time, std::move(how));
    task_group running(loop.get_executor());
    struct end {
        short_memory_fixture& of;
        task_group& running;
        ~end() {
            running.cancel();
            of.run(running.join());
        }
    } const at_the_end{*this, running};
    fail_once("upsert_rule");
    running.spawn("master", master.run());
    time.settle();
    BOOST_TEST(run(database->list_rules()).size() == 2u);
    BOOST_TEST(master.refused() == 1u);
    time.advance(11min);
    BOOST_TEST(run(database->list_rules()).size() == 3u);
    BOOST_TEST(master.refused() == 0u);
    for (auto const* const call : {"take_lease", "list_rules", "note_quarantine"}) {
        fail_once(call);
        directory.write("rules/R1.yaml", rule_text("R1", call));
        directory.write("rules/R4.yaml", rule_text("R4"));
        files.rescan();
        time.advance(1min);
        directory.remove("rules/R4.yaml");
        files.rescan();
        time.advance(1min);
        BOOST_TEST(failures == 0, call << " was not called");
        failures = 0;
        auto const rows = run(database->list_rules());
        BOOST_TEST(rows.size() == 3u);
        BOOST_TEST(rows.front().text.find(call) != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
