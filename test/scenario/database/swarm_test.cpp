// Several processes on one database: each sees the changes of all others once and in order.
#include "scenario/database/swarm.hpp"

#include "support/skewed_time.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/rule_follower.hpp>

#include <boost/test/data/test_case.hpp>

using namespace rulehost;
using namespace rulehost::test;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

struct fixture : virtual_loop {
    explicit fixture(database_kind kind = database_kind::sqlite) : database(kind) {}
    test_database database;
};

/// A worker with its own clock: a store, and an engine that follows it.
class worker {
public:
    worker(virtual_loop& loop, std::string const& url, time_source& clock, duration poll)
        : loop_(loop), clock_(clock), running_(loop.loop.get_executor()) {
        database_store_options options;
        options.url = url;
        options.poll = poll;
        options.database_clock = [&loop] { return loop.time.now(); };
        auto const executor = loop.loop.get_executor();
        store_ = std::make_unique<database_rule_store>(executor, executor, clock, std::move(options));
        follower_ = std::make_unique<rule_follower>(rules_, *store_);
        running_.spawn("store", store_->run());
        loop.run(follower_->load());
        running_.spawn("follower", follower_->run());
        loop.time.settle();
    }
    ~worker() {
        running_.cancel();
        loop_.run(running_.join());
    }

    /// The tags that the worker would send now.
    std::vector<tag> tags() const {
        event seen;
        seen.source_kind = "command";
        seen.source_id = "c1";
        seen.attacker_uuid = "a1";
        seen.payload["command_text"] = "wget x";
        return rules_.evaluate(seen, clock_.now()).value().tags;
    }
    database_rule_store& store() { return *store_; }

private:
    virtual_loop& loop_;
    time_source& clock_;
    task_group running_;
    engine rules_;
    std::unique_ptr<database_rule_store> store_;
    std::unique_ptr<rule_follower> follower_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(swarm)

BOOST_DATA_TEST_CASE(changes_of_another_process_arrive_once_and_in_order, data::make(every_kind), kind) {
    fixture with(kind);
    node one(with, with.database.url());
    node two(with, with.database.url());
    two.start();
    auto changes = two.store().subscribe_changes();
    one.write("R1", "a");
    one.set("R1", rule_state::disabled("noisy"));
    one.write("R1", "b");
    with.run(one.store().clear_state("R1", "ops"));
    with.run(one.store().delete_rule("R1", "ops"));
    with.time.advance(2s);
    BOOST_TEST(two.read(changes) ==
                   (lines{"1 R1 defined", "2 R1 disabled", "3 R1 defined", "4 R1 enabled", "5 R1 deleted"}),
               boost::test_tools::per_element());
    with.time.advance(60s);
    BOOST_TEST(two.read(changes).empty());
}

BOOST_DATA_TEST_CASE(own_writes_and_those_of_others_are_one_stream, data::make(every_kind), kind) {
    fixture with(kind);
    node one(with, with.database.url());
    node two(with, with.database.url());
    one.start();
    two.start();
    auto changes = one.store().subscribe_changes();
    for (int i = 0; i < 10; ++i)
        (i % 2 == 0 ? one : two).set("R" + std::to_string(i), rule_state::disabled("x"));
    with.time.advance(2s);
    lines expected;
    for (int i = 0; i < 10; ++i)
        expected.push_back(std::to_string(i + 1) + " R" + std::to_string(i) + " disabled");
    BOOST_TEST(one.read(changes) == expected, boost::test_tools::per_element());
    BOOST_TEST(one.digest() == two.digest());
}

BOOST_DATA_TEST_CASE(workers_with_wrong_clocks_revert_together_and_once, data::make(every_kind), kind) {
    fixture with(kind);
    skewed_time early(with.time, 30s);
    skewed_time late(with.time, -30s);
    // Constructs stores by hand: each has its own clock, and the database has the right one.
    std::vector<std::unique_ptr<database_rule_store>> stores;
    std::vector<change_subscription> readers;
    task_group running(with.loop.get_executor());
    for (time_source* const clock :
         {static_cast<time_source*>(&early), static_cast<time_source*>(&late), static_cast<time_source*>(&with.time)}) {
        database_store_options options;
        options.url = with.database.url();
        options.poll = 1s;
        options.database_clock = [&] { return with.time.now(); };
        auto const executor = with.loop.get_executor();
        stores.push_back(std::make_unique<database_rule_store>(executor, executor, *clock, std::move(options)));
        running.spawn("store", stores.back()->run());
        with.time.settle();
        readers.push_back(stores.back()->subscribe_changes());
    }
    node reader(with, with.database.url());
    auto const stored =
        with.run(stores[0]->set_state("R1", rule_state::disabled("probation", with.time.now() + 1h), "ops"));
    BOOST_TEST((stored.set_at == with.time.now()));
    with.time.advance(1h - 1us);
    BOOST_TEST(reader.get("R1").reason == "probation");
    for (auto& each : readers)
        BOOST_TEST(reader.read(each) == lines{"1 R1 disabled"}, boost::test_tools::per_element());
    with.time.advance(1us);
    with.time.advance(5s);
    for (auto& each : readers)
        BOOST_TEST(reader.read(each) == lines{"2 R1 enabled by expiry"}, boost::test_tools::per_element());
    BOOST_TEST(with.run(reader.store().history("R1", 0, 100)).size() == 2u);
    running.cancel();
    with.run(running.join());
}

BOOST_AUTO_TEST_CASE(workers_with_wrong_clocks_tag_alike_to_the_microsecond) {
    fixture with;
    node writer(with, with.database.url());
    writer.write("R1", "wget");
    skewed_time early(with.time, 30s);
    skewed_time late(with.time, -30s);
    // They poll so rarely that the engine decides about expiries.
    worker one(with, with.database.url(), early, 1h);
    worker two(with, with.database.url(), late, 1h);
    auto const until = with.time.now() + 10min;
    with.run(one.store().set_state("R1", rule_state::disabled("probation", until), "ops"));
    with.run(two.store().load_compiled());
    with.time.advance(10min - 1us);
    BOOST_TEST(one.tags().empty());
    BOOST_TEST(two.tags().empty());
    with.time.advance(1us);
    BOOST_REQUIRE_EQUAL(one.tags().size(), 1u);
    BOOST_REQUIRE_EQUAL(two.tags().size(), 1u);
    BOOST_TEST((one.tags().front().created_at == early.now()));
    BOOST_TEST((two.tags().front().created_at == late.now()));
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_is_noticed_within_a_second) {
    fixture with;
    node writer(with, with.database.url());
    writer.write("R1", "wget");
    skewed_time clock(with.time, 0s);
    worker one(with, with.database.url(), clock, 10min);
    auto const until = with.time.now() + 30s;
    writer.set("R1", rule_state::disabled("probation", until));
    with.run(one.store().load_compiled());
    with.time.advance(10s);
    clock.error = 20s;
    with.time.advance(1s);
    BOOST_TEST((one.store().expiries().ahead() == -20s));
    with.time.advance(19s - 1us);
    BOOST_TEST(one.tags().empty());
    clock.error = -20s;
    with.time.advance(1us); // no process has polled yet
    with.time.advance(1s);
    BOOST_TEST((one.store().expiries().ahead() == 20s));
    BOOST_TEST(one.tags().size() == 1u);
    BOOST_TEST(with.run(writer.store().history("R1", 0, 100)).back().kind == "expiry");
    // A small step, as by NTP, causes no poll.
    clock.error += 50ms;
    with.time.advance(2s);
    BOOST_TEST((one.store().expiries().ahead() == 20s));
    with.time.advance(60s);
    BOOST_TEST((one.store().expiries().ahead() == 20s - 50ms));
}

BOOST_DATA_TEST_CASE(an_expiry_that_all_workers_slept_through_is_reverted_once, data::make(every_kind), kind) {
    fixture with(kind);
    {
        node one(with, with.database.url());
        one.set("R1", rule_state::disabled("probation", with.time.now() + 1h));
    }
    with.time.advance(2h);
    node one(with, with.database.url());
    node two(with, with.database.url());
    one.start();
    two.start();
    with.time.advance(60s);
    BOOST_TEST(with.run(one.store().history("R1", 0, 100)).size() == 2u);
    BOOST_TEST((one.get("R1") == rule_state()));
}

BOOST_DATA_TEST_CASE(trimmed_history_costs_a_reload_and_no_change, data::make(every_kind), kind) {
    fixture with(kind);
    node writer(with, with.database.url());
    writer.write("R1", "a");
    writer.write("R2", "a");
    writer.write("R3", "a");
    writer.set("R3", rule_state::disabled("x"));
    bool cut = false;
    node worker(with, with.database.url(), [&](database_store_options& options) {
        options.faults.before = [&](std::string_view) -> boost::asio::awaitable<void> {
            if (cut)
                throw database_error(database_error::kind::lost, "cut off");
            co_return;
        };
    });
    worker.start();
    auto changes = worker.store().subscribe_changes();
    cut = true;
    writer.write("R1", "b");
    writer.write("R1", "c");
    with.run(writer.store().delete_rule("R2", "ops"));
    with.run(writer.store().clear_state("R3", "ops"));
    writer.write("R4", "a");
    with.database.client().execute("DELETE FROM ttp_rule_change WHERE revision < 8");
    with.time.advance(60s);
    cut = false;
    with.time.advance(60s);
    // One per rule, each with a unique revision.
    BOOST_TEST(worker.read(changes) == (lines{"5 R2 deleted", "6 R1 defined", "7 R3 enabled", "9 R4 defined"}),
               boost::test_tools::per_element());
    BOOST_TEST(worker.digest() == writer.digest());
    writer.set("R4", rule_state::disabled("x"));
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == lines{"10 R4 disabled"}, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_row_edited_to_garbage_keeps_the_last_known_good_text, data::make(every_kind), kind) {
    fixture with(kind);
    node writer(with, with.database.url());
    writer.write("R1", "good");
    writer.write("R2", "good");
    writer.set("R2", rule_state::disabled("good"));
    node worker(with, with.database.url());
    worker.start();
    auto const before = worker.digest();
    auto changes = worker.store().subscribe_changes();
    auto client = with.database.client();
    client.execute("UPDATE ttp_rule SET yaml_content = 'garbage: [' WHERE rule_id = 'R1'");
    client.execute("UPDATE ttp_rule_state SET state = 'exploded' WHERE rule_id = 'R2'");
    writer.set("R3", rule_state::disabled("the tail goes on"));
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == lines{"6 R3 disabled"}, boost::test_tools::per_element());
    BOOST_TEST(worker.digest().starts_with(before.substr(0, before.size() - 1)));
    auto const snapshot = worker.load();
    BOOST_REQUIRE_EQUAL(snapshot.quarantine.size(), 2u);
    BOOST_TEST(snapshot.quarantine[0].path == "ttp_rule:R1");
    BOOST_TEST(snapshot.quarantine[0].last_known_good);
    BOOST_TEST(snapshot.quarantine[1].path == "ttp_rule_state:R2");
    auto const reported = worker.findings.size();
    BOOST_TEST(reported >= 2u);
    with.time.advance(60s);
    BOOST_TEST(worker.findings.size() == reported);
    // A worker that never read the valid text finds it in the history.
    node fresh(with, with.database.url());
    auto const loaded = fresh.load();
    BOOST_REQUIRE_EQUAL(loaded.rules.size(), 2u);
    BOOST_TEST(loaded.rules[0]->definition().text == rule_text("R1", "good"));
    BOOST_TEST(loaded.states.at("R2").reason == "good");
    writer.write("R1", "better");
    writer.set("R2", rule_state::disabled("better"));
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == (lines{"7 R1 defined", "8 R2 disabled"}), boost::test_tools::per_element());
    BOOST_TEST(worker.load().quarantine.empty());
}

BOOST_AUTO_TEST_CASE(a_gate_keeps_a_rule_out_and_its_predecessor_in) {
    fixture with;
    node writer(with, with.database.url());
    node worker(with, with.database.url(), [](database_store_options& options) {
        options.admit = [](std::shared_ptr<rule_definition const> const& definition) {
            std::vector<diagnostic> findings;
            if (definition->text.find("forbidden") != std::string::npos)
                findings.emplace_back().code = "gate";
            return findings;
        };
    });
    writer.write("R1", "fine");
    worker.start();
    auto changes = worker.store().subscribe_changes();
    writer.write("R1", "forbidden");
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes).empty());
    BOOST_TEST(worker.load().rules.at(0)->definition().text == rule_text("R1", "fine"));
    BOOST_TEST(worker.load().quarantine.at(0).diagnostics.at(0).code == "gate");
}

BOOST_AUTO_TEST_CASE(another_database_under_the_same_name_makes_readers_reload) {
    fixture with;
    node writer(with, with.database.url());
    writer.write("R1", "a");
    node worker(with, with.database.url());
    worker.start();
    auto changes = worker.store().subscribe_changes();
    auto client = with.database.client();
    client.execute("UPDATE ttp_revision SET database_id = 'another', revision = 0");
    client.execute("DELETE FROM ttp_rule_change");
    client.execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('R1', 'disabled')");
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == lines{"lagged"}, boost::test_tools::per_element());
    BOOST_TEST(worker.load().revision == 1u);
    writer.set("R2", rule_state::disabled("x"));
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == lines{"2 R2 disabled"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_default_store_is_a_database_in_memory) {
    virtual_loop with;
    database_rule_store store;
    auto reader = store.subscribe_changes();
    auto const stored = with.run(store.set_state("R0001", rule_state::disabled("probation"), "operator"));
    BOOST_TEST((with.run(store.get_state("R0001")) == stored));
    BOOST_TEST(stored.reason == "probation");
    BOOST_TEST(stored.set_by == "operator");
    BOOST_TEST(with.run(store.load_compiled()).states.size() == 1u);
    auto const next = with.run(reader.next());
    BOOST_TEST(std::get<rule_change>(next).rule_id == "R0001");
}

BOOST_AUTO_TEST_SUITE_END()
