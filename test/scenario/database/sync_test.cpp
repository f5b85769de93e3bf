// The master: a rules directory projected into a database.
#include "scenario/database/swarm.hpp"

#include "support/temporary_directory.hpp"

#include <rulehost/rule_sync.hpp>

#include <boost/test/data/test_case.hpp>

using namespace rulehost;
using namespace rulehost::test;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

struct master {
    master(virtual_loop& loop_, std::string const& url, std::filesystem::path directory, std::string holder,
           std::function<void(database_store_options&)> adapt = {}, bool allow_deletions = false)
        : loop(loop_), target(loop_, url, std::move(adapt)) {
        filesystem_store_options options;
        options.directory = std::move(directory);
        options.watch = filesystem_store_options::hints::none;
        options.allow_deletions = true; // guarded by the master
        files = std::make_unique<filesystem_rule_store>(loop.loop.get_executor(), loop.time, std::move(options));
        rule_sync_options how;
        how.holder = std::move(holder);
        how.allow_deletions = allow_deletions;
        how.log = [this](std::string const& line) { log.push_back(line); };
        how.error = [this](std::string const& line) { errors.push_back(line); };
        sync = std::make_unique<sync_from_filesystem>(*files, target.store(), loop.time, std::move(how));
    }
    ~master() { stop(); }

    void start() {
        running = std::make_unique<task_group>(loop.loop.get_executor());
        running->spawn("sync", sync->run());
        loop.time.settle();
    }
    void stop() {
        if (running) {
            running->cancel();
            loop.run(running->join());
            running.reset();
        }
    }
    sync_result pass() { return loop.run(sync->synchronise()).value(); }
    void notice() {
        files->rescan();
        loop.time.settle();
    }

    virtual_loop& loop;
    node target;
    std::unique_ptr<filesystem_rule_store> files;
    std::unique_ptr<sync_from_filesystem> sync;
    std::unique_ptr<task_group> running;
    lines log;
    lines errors;
};

/// Lets the database refuse every row of the rule, as a constraint of its operator does; and take it again.
class refusal {
public:
    refusal(test_database const& database, std::string const& rule_id) : database_(database) {
        auto const sqlite = database.kind() == database_kind::sqlite;
        auto const mysql = database.kind() == database_kind::mysql;
        for (std::string const when : {"INSERT", "UPDATE", "DELETE"}) {
            auto const row = when == "DELETE" ? std::string("OLD") : std::string("NEW");
            auto const named = "refused_" + when;
            auto client = database.client();
            if (sqlite) {
                client.execute("CREATE TRIGGER " + named + " BEFORE " + when + " ON ttp_rule WHEN " + row +
                               ".rule_id = '" + rule_id + "' BEGIN SELECT RAISE(ABORT, 'not this one'); END");
            } else if (mysql) {
                client.execute("CREATE TRIGGER " + named + " BEFORE " + when + " ON ttp_rule FOR EACH ROW BEGIN IF " +
                               row + ".rule_id = '" + rule_id +
                               "' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; END IF; END");
            } else {
                client.execute("CREATE FUNCTION " + named + "() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF " +
                               row + ".rule_id = '" + rule_id +
                               "' THEN RAISE EXCEPTION 'not this one'; END IF; RETURN " + row + "; END $$");
                client.execute("CREATE TRIGGER " + named + " BEFORE " + when +
                               " ON ttp_rule FOR EACH ROW EXECUTE FUNCTION " + named + "()");
            }
        }
    }
    void end() const {
        auto client = database_.client();
        for (std::string const when : {"INSERT", "UPDATE", "DELETE"})
            client.execute("DROP TRIGGER refused_" + when +
                           (database_.kind() == database_kind::postgresql ? " ON ttp_rule" : ""));
    }

private:
    test_database const& database_;
};

struct fixture : virtual_loop {
    explicit fixture(database_kind kind = database_kind::sqlite) : database(kind) {}
    void file(std::string const& rule_id, std::string const& pattern) {
        directory.write(rule_id + ".yaml", rule_text(rule_id, pattern));
    }
    void list(std::string const& values) { directory.write("lists.yaml", "lists:\n  tools: " + values + "\n"); }
    void file_with_list(std::string const& rule_id) {
        directory.write(rule_id + ".yaml",
                        "rule_id: " + rule_id +
                            "\nname: n\napplies_to: [command]\nmatch: {command: [{program: $tools}]}\n"
                            "emits: [{tactic: TA0011, technique_id: T1105, confidence: 0.9}]\n");
    }
    /// By a master that ends then. The list is `tools`, the rule R1 names it.
    void store_a_rule_with_its_list() {
        list("[wget]");
        file_with_list("R1");
        master first(*this, database.url(), directory.path(), "one");
        first.pass();
    }
    std::string lists(node& from) {
        std::string all;
        for (auto const& row : run(from.store().list_lists()))
            all += row.name + "=" + row.values + " ";
        return all;
    }
    std::string rows(node& from) {
        std::string ids;
        for (auto const& row : run(from.store().list_rules()))
            ids += row.rule_id + " ";
        return ids;
    }

    test_database database;
    temporary_directory directory;
};

} // namespace

BOOST_AUTO_TEST_SUITE(sync_from_a_directory)

BOOST_DATA_TEST_CASE(initial_corpus_edits_and_deletions_reach_a_worker_once, data::make(every_kind), kind) {
    fixture with(kind);
    with.file("R1", "a");
    with.file("R2", "b");
    master one(with, with.database.url(), with.directory.path(), "one");
    node worker(with, with.database.url());
    worker.start();
    auto changes = worker.store().subscribe_changes();
    one.start();
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == (lines{"1 R1 defined", "2 R2 defined"}), boost::test_tools::per_element());
    with.file("R1", "edited");
    with.directory.remove("R2.yaml");
    with.file("R3", "c");
    one.notice();
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == (lines{"3 R1 defined", "4 R3 defined", "5 R2 deleted"}),
               boost::test_tools::per_element());
    BOOST_TEST(one.log.size() == 1u);
    one.notice();
    with.time.advance(60s);
    BOOST_TEST(worker.read(changes).empty());
}

BOOST_DATA_TEST_CASE(lists_reach_a_worker_before_the_rules_that_name_them, data::make(every_kind), kind) {
    fixture with(kind);
    with.list("[wget]");
    with.file_with_list("R1");
    with.file("R2", "b");
    master one(with, with.database.url(), with.directory.path(), "one");
    node worker(with, with.database.url());
    worker.start();
    auto changes = worker.store().subscribe_changes();
    one.start();
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == (lines{"1 $tools read by", "2 R1 defined", "3 R2 defined"}),
               boost::test_tools::per_element());
    BOOST_TEST(with.lists(worker) == "tools=[\"wget\"] ");
    with.list("[wget, curl]");
    one.notice();
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == (lines{"4 $tools read by R1"}), boost::test_tools::per_element());
    auto const there = with.run(one.files->load_compiled());
    BOOST_TEST(worker.load().rules.at(0)->definition().lists_hash == there.rules.at(0)->definition().lists_hash);
    auto const history = with.run(worker.store().history("tools", 0, 10));
    BOOST_REQUIRE_EQUAL(history.size(), 2u);
    BOOST_TEST(history[1].kind == "list");
    BOOST_TEST(history[1].changed_by == "sync");
}

BOOST_AUTO_TEST_CASE(list_without_a_text_is_deleted_behind_the_rules_that_named_it) {
    fixture with;
    with.list("[wget]");
    with.file_with_list("R1");
    with.file("R2", "b");
    master one(with, with.database.url(), with.directory.path(), "one");
    node worker(with, with.database.url());
    worker.start();
    one.start();
    with.time.advance(2s);
    auto changes = worker.store().subscribe_changes();
    with.directory.remove("R1.yaml");
    with.directory.remove("lists.yaml");
    one.notice();
    with.time.advance(2s);
    BOOST_TEST(worker.read(changes) == (lines{"4 R1 deleted", "5 $tools read by"}), boost::test_tools::per_element());
    BOOST_TEST(with.lists(worker).empty());
    BOOST_TEST(worker.load().quarantine.empty());
}

BOOST_AUTO_TEST_CASE(lists_stay_where_the_deletion_of_rules_is_withheld) {
    fixture with;
    with.store_a_rule_with_its_list();
    with.directory.remove("R1.yaml");
    with.directory.remove("lists.yaml");
    master next(with, with.database.url(), with.directory.path(), "two");
    auto const result = next.pass();
    BOOST_TEST(result.withheld == 2u);
    BOOST_TEST(with.rows(next.target) == "R1 ");
    BOOST_TEST(with.lists(next.target) == "tools=[\"wget\"] ");
}

BOOST_AUTO_TEST_CASE(bad_text_of_lists_deletes_none) {
    fixture with;
    with.store_a_rule_with_its_list();
    with.list("5");
    master next(with, with.database.url(), with.directory.path(), "two"); // knows no former list
    next.pass();
    BOOST_TEST(with.rows(next.target) == "R1 ");
    BOOST_TEST(with.lists(next.target) == "tools=[\"wget\"] ");
}

BOOST_AUTO_TEST_CASE(worker_starts_without_its_database_with_the_lists_that_it_knew) {
    fixture with;
    with.store_a_rule_with_its_list();
    auto const remembers = [&](database_store_options& options) {
        options.snapshot_file = with.directory.path() / "snapshot.json";
    };
    std::string hash;
    {
        node worker(with, with.database.url(), remembers);
        worker.start();
        with.time.advance(60s);
        hash = worker.load().rules.at(0)->definition().lists_hash;
    }
    node worker(with, "postgresql://nobody@127.0.0.1:1/none", remembers);
    auto const snapshot = worker.load();
    BOOST_REQUIRE_EQUAL(snapshot.rules.size(), 1u);
    BOOST_TEST(snapshot.rules[0]->definition().lists_hash == hash);
    BOOST_TEST(snapshot.lists->contains("tools"));
}

BOOST_AUTO_TEST_CASE(what_happened_while_no_master_ran_is_made_up_for) {
    fixture with;
    with.file("R1", "a");
    with.file("R2", "b");
    with.file("R3", "c");
    {
        master first(with, with.database.url(), with.directory.path(), "one");
        BOOST_TEST(first.pass().written == 3u);
        BOOST_TEST(first.pass().unchanged == 3u);
    }
    with.directory.remove("R1.yaml");
    with.file("R2", "edited");
    master next(with, with.database.url(), with.directory.path(), "two");
    auto const result = next.pass();
    BOOST_TEST(result.written == 1u);
    BOOST_TEST(result.deleted == 1u);
    BOOST_TEST(result.unchanged == 1u);
    BOOST_TEST(with.rows(next.target) == "R2 R3 ");
    BOOST_TEST(with.run(next.target.store().history("", 0, 100)).size() == 5u);
}

// The first master dies in the middle, and whether its lease has run out is not what tells.
BOOST_DATA_TEST_CASE(who_comes_in_the_middle_of_a_first_pass_is_told_that_it_sees_a_part, data::make(every_kind),
                     kind) {
    fixture with(kind);
    with.file("R1", "a");
    with.file("R2", "b");
    with.file("R3", "c");
    auto const left = std::make_shared<int>(2);
    auto const mortal = [left](database_store_options& options) {
        options.faults.before = [left](std::string_view call) -> boost::asio::awaitable<void> {
            if (*left <= 0 || (call == "upsert_rule" && --*left == 0))
                throw database_error(database_error::kind::lost, "cut off");
            co_return;
        };
    };
    node known(with, with.database.url());
    BOOST_TEST((known.load().extent == rule_extent::whole));
    {
        master first(with, with.database.url(), with.directory.path(), "one", mortal);
        BOOST_CHECK_THROW(with.run(first.sync->synchronise()), store_unavailable);
    }
    with.time.advance(60s);
    node fresh(with, with.database.url());
    BOOST_TEST(with.rows(fresh) == "R1 ");
    for (auto* const each : {&known, &fresh}) {
        BOOST_TEST(each->load().rules.size() == 1u);
        BOOST_TEST((each->load().extent == rule_extent::part));
    }
    master next(with, with.database.url(), with.directory.path(), "two");
    BOOST_TEST(next.pass().written == 2u);
    for (auto* const each : {&known, &fresh}) {
        BOOST_TEST((each->load().extent == rule_extent::whole));
        BOOST_TEST(each->load().rules.size() == 3u);
    }
    // A later write is no first pass, whether or not it succeeds.
    with.file("R4", "d");
    *left = 1;
    master third(with, with.database.url(), with.directory.path(), "three", mortal);
    BOOST_CHECK_THROW(with.run(third.sync->synchronise()), store_unavailable);
    BOOST_TEST((fresh.load().extent == rule_extent::whole));
}

BOOST_DATA_TEST_CASE(a_rule_that_the_database_refuses_holds_up_no_other, data::make(every_kind), kind) {
    fixture with(kind);
    master one(with, with.database.url(), with.directory.path(), "one");
    BOOST_TEST(with.rows(one.target).empty()); // the tables are there
    refusal const refused(with.database, "R2");
    for (auto const* const rule_id : {"R1", "R2", "R3"})
        with.file(rule_id, "a");
    one.notice();
    one.start();
    BOOST_TEST(with.rows(one.target) == "R1 R3 ");
    BOOST_TEST(one.sync->refused() == 1u);
    BOOST_REQUIRE(one.log.size() == 2u);
    BOOST_TEST(one.log[0].find("R2.yaml: rule R2 stays in the store as it was: ") != std::string::npos, one.log[0]);
    BOOST_TEST(one.log[0].find("not this one") != std::string::npos, one.log[0]);
    BOOST_TEST(one.log[1] ==
               "sync: master: 2 written, 0 deleted, 0 unchanged, 0 quarantined, 1 refused by the database");
    BOOST_TEST((one.target.load().extent == rule_extent::whole)); // it keeps nobody out

    with.file("R2", "b");
    with.file("R4", "a");
    one.notice();
    BOOST_TEST(with.rows(one.target) == "R1 R3 R4 ");
    BOOST_TEST(one.log.size() == 2u); // for the same reason
    refused.end();
    with.time.advance(9min);
    BOOST_TEST(with.rows(one.target) == "R1 R3 R4 ");
    with.time.advance(2min);
    BOOST_TEST(with.rows(one.target) == "R1 R2 R3 R4 ");
    BOOST_TEST(one.sync->refused() == 0u);
}

BOOST_DATA_TEST_CASE(a_deletion_that_the_database_refuses_holds_up_no_other, data::make(every_kind), kind) {
    fixture with(kind);
    for (auto const* const rule_id : {"R1", "R2", "R3"})
        with.file(rule_id, "a");
    master one(with, with.database.url(), with.directory.path(), "one");
    one.pass();
    refusal const refused(with.database, "R2");
    with.directory.remove("R2.yaml");
    with.directory.remove("R3.yaml");
    auto const result = one.pass();
    BOOST_TEST(result.deleted == 1u);
    BOOST_TEST(result.refused == 1u);
    BOOST_TEST(with.rows(one.target) == "R1 R2 ");
    refused.end();
    BOOST_TEST(one.pass().deleted == 1u);
    BOOST_TEST(one.sync->refused() == 0u);
}

BOOST_AUTO_TEST_CASE(of_many_rules_that_are_refused_ten_are_told) {
    fixture with;
    master one(with, with.database.url(), with.directory.path(), "one");
    BOOST_TEST(with.rows(one.target).empty());
    with.database.client().execute(
        "CREATE TRIGGER none BEFORE INSERT ON ttp_rule BEGIN SELECT RAISE(ABORT, 'none'); END");
    for (int i = 0; i < 25; ++i)
        with.file("R" + std::to_string(i), "a");
    one.notice();
    BOOST_TEST(one.pass().refused == 25u);
    BOOST_TEST(one.log.size() == 10u);
    BOOST_TEST(one.pass().refused == 25u);
    BOOST_TEST(one.log.size() == 10u);
}

BOOST_AUTO_TEST_CASE(a_bad_file_leaves_the_good_row_alone) {
    fixture with;
    with.file("R1", "a");
    with.file("R2", "b");
    {
        master first(with, with.database.url(), with.directory.path(), "one");
        first.pass();
    }
    // One names its rule and one does not: neither may cost a row, not even after a restart.
    with.directory.write("R1.yaml", bad_rule_text("R1"));
    with.directory.write("R2.yaml", "");
    master next(with, with.database.url(), with.directory.path(), "two");
    auto const result = next.pass();
    BOOST_TEST(result.deleted == 0u);
    BOOST_TEST(result.written == 0u);
    BOOST_TEST(result.kept_back == 2u);
    BOOST_TEST(with.rows(next.target) == "R1 R2 ");
}

BOOST_AUTO_TEST_CASE(a_bad_file_that_is_removed_takes_its_row_along) {
    fixture with;
    with.file("R1", "a");
    with.file("R2", "a");
    {
        master first(with, with.database.url(), with.directory.path(), "one");
        first.pass();
    }
    with.directory.write("R1.yaml", bad_rule_text("R1"));
    master next(with, with.database.url(), with.directory.path(), "two");
    next.start();
    BOOST_TEST(with.rows(next.target) == "R1 R2 ");
    with.directory.remove("R1.yaml");
    next.notice();
    with.time.advance(10s);
    BOOST_TEST(with.rows(next.target) == "R2 ");
}

BOOST_AUTO_TEST_CASE(rows_of_others_are_never_deleted) {
    fixture with;
    node operator_(with, with.database.url());
    operator_.write("R9", "by hand");
    with.file("R1", "a");
    master one(with, with.database.url(), with.directory.path(), "one");
    BOOST_TEST(one.pass().deleted == 0u);
    BOOST_TEST(with.rows(one.target) == "R1 R9 ");
    // A file of the same rule wins, and the row is the projection's from then on.
    with.file("R9", "from a file");
    one.notice();
    BOOST_TEST(one.pass().written == 1u);
    with.directory.remove("R9.yaml");
    one.notice();
    BOOST_TEST(one.pass().deleted == 1u);
}

BOOST_AUTO_TEST_CASE(a_row_that_was_edited_by_hand_is_restored_from_its_file) {
    fixture with;
    with.file("R1", "a");
    master one(with, with.database.url(), with.directory.path(), "one");
    one.pass();
    with.database.client().execute("UPDATE ttp_rule SET yaml_content = 'garbage'");
    BOOST_TEST(one.pass().written == 1u);
    BOOST_TEST(with.run(one.target.store().list_rules()).at(0).text == rule_text("R1", "a"));
}

BOOST_DATA_TEST_CASE(of_two_masters_one_works_and_the_other_takes_over, data::make(every_kind), kind) {
    fixture with(kind);
    with.file("R1", "a");
    auto alive = std::make_shared<bool>(true);
    auto const mortal = [alive](database_store_options& options) {
        options.faults.before = [alive](std::string_view) -> boost::asio::awaitable<void> {
            if (!*alive)
                throw database_error(database_error::kind::lost, "cut off");
            co_return;
        };
    };
    master one(with, with.database.url(), with.directory.path(), "one", mortal);
    master two(with, with.database.url(), with.directory.path(), "two");
    one.start();
    two.start();
    with.time.advance(60s);
    BOOST_TEST(two.log == lines{"sync: waiting: another master is at work"}, boost::test_tools::per_element());
    with.file("R1", "b");
    two.notice();
    BOOST_TEST(with.run(two.target.store().list_rules()).at(0).text == rule_text("R1", "a"));
    *alive = false; // it can give nothing back
    with.time.advance(14s);
    BOOST_TEST(two.log.size() == 1u);
    with.time.advance(10s);
    BOOST_TEST(two.log.size() == 2u);
    BOOST_TEST(with.run(two.target.store().list_rules()).at(0).text == rule_text("R1", "b"));
    *alive = true;
    with.time.advance(60s);
    BOOST_TEST(one.log.back() == "sync: waiting: another master is at work");
}

BOOST_DATA_TEST_CASE(what_a_master_sent_before_it_lost_the_lease_is_refused_when_it_arrives_late,
                     data::make(every_kind), kind) {
    fixture with(kind);
    node writer(with, with.database.url());
    auto const documents = read_rules(rule_text("R1", "old"), "R1.yaml");
    BOOST_TEST(with.run(writer.store().take_lease("sync", "one", 10s)));
    with.time.advance(10s);
    BOOST_TEST(with.run(writer.store().take_lease("sync", "two", 10s)));
    lease_claim const late("sync", "one");
    lease_claim const rightful("sync", "two");
    BOOST_CHECK_THROW(with.run(writer.store().upsert_rule(documents.at(0).definition, "R1.yaml", "sync", late)),
                      lease_lost);
    BOOST_TEST(with.rows(writer).empty());
    with.run(writer.store().upsert_rule(documents.at(0).definition, "R1.yaml", "sync", rightful));
    BOOST_CHECK_THROW(with.run(writer.store().delete_rule("R1", "sync", late)), lease_lost);
    with.time.advance(10s);
    BOOST_CHECK_THROW(with.run(writer.store().delete_rule("R1", "sync", rightful)), lease_lost);
    BOOST_TEST(with.rows(writer) == "R1 ");
}

BOOST_AUTO_TEST_CASE(a_pass_may_take_longer_than_its_lease_lasts) {
    fixture with;
    for (char const name : {'1', '2', '3', '4', '5'})
        with.file(std::string("R") + name, "a");
    auto const slow = [&with](database_store_options& options) {
        options.faults.before = [&with](std::string_view call) -> boost::asio::awaitable<void> {
            if (call == "upsert_rule")
                co_await with.time.pause(5s);
        };
    };
    master one(with, with.database.url(), with.directory.path(), "one", slow);
    std::optional<sync_result> result;
    auto const pass = [&]() -> boost::asio::awaitable<void> { result = co_await one.sync->synchronise(); };
    task_group running(with.loop.get_executor());
    running.spawn("pass", pass());
    for (int i = 0; i < 10; ++i)
        with.time.advance(5s);
    with.run(running.join());
    BOOST_REQUIRE(result);
    BOOST_TEST(result->written == 5u);
}

BOOST_AUTO_TEST_CASE(a_master_that_ends_gives_way_at_once) {
    fixture with;
    with.file("R1", "a");
    master one(with, with.database.url(), with.directory.path(), "one");
    master two(with, with.database.url(), with.directory.path(), "two");
    one.start();
    BOOST_TEST(!with.run(two.sync->synchronise()));
    one.stop();
    BOOST_TEST(with.run(two.sync->synchronise()).has_value());
}

BOOST_DATA_TEST_CASE(directory_that_is_suddenly_empty_deletes_no_row, data::make(every_kind), kind) {
    fixture with(kind);
    with.file("R1", "a");
    with.file("R2", "b");
    master one(with, with.database.url(), with.directory.path(), "one");
    one.start();
    for (auto const* const name : {"R1.yaml", "R2.yaml"}) {
        with.directory.remove(name);
        one.notice();
        with.time.advance(1min);
    }
    BOOST_TEST(with.rows(one.target) == "R2 "); // one of two may go
    BOOST_TEST(one.sync->withheld() == 1u);
    BOOST_REQUIRE(one.errors.size() == 1u);
    BOOST_TEST(one.errors[0].find("the files of 1 of 1 rule are gone (R2)") != std::string::npos, one.errors[0]);
    with.time.advance(60min);
    BOOST_TEST(with.rows(one.target) == "R2 ");
    BOOST_TEST(one.errors.size() == 1u);
    with.file("R2", "b");
    with.file("R1", "a");
    one.notice();
    BOOST_TEST(with.rows(one.target) == "R1 R2 ");
    BOOST_TEST(one.sync->withheld() == 0u);
    BOOST_TEST(one.log.back() == "sync: no deletion is withheld any more");
}

BOOST_DATA_TEST_CASE(deletions_in_steps_are_withheld_also_by_the_next_master, data::make(every_kind), kind) {
    fixture with(kind);
    for (int number = 10; number != 40; ++number)
        with.file("R" + std::to_string(number), "a");
    for (int number = 10; number != 40; ++number) {
        master each(with, with.database.url(), with.directory.path(), "one");
        with.directory.remove("R" + std::to_string(number) + ".yaml");
        with.time.advance(1s);
        auto const result = each.pass();
        BOOST_TEST(result.deleted == (number > 10 && number <= 20 ? 1u : 0u));
    }
    master next(with, with.database.url(), with.directory.path(), "two");
    BOOST_TEST(next.pass().withheld == 19u);
    with.time.advance(60min);
    BOOST_TEST(next.pass().withheld == 19u); // however long one waits
    master allowed(with, with.database.url(), with.directory.path(), "two", {}, true);
    BOOST_TEST(allowed.pass().deleted == 19u);
    // Allowed deletions do not count against later ones.
    for (int number = 50; number != 90; ++number)
        with.file("R" + std::to_string(number), "a");
    BOOST_TEST(next.pass().written == 40u);
    with.directory.remove("R50.yaml");
    BOOST_TEST(next.pass().deleted == 1u);
}

BOOST_AUTO_TEST_CASE(a_pass_that_is_cancelled_gives_way_at_once) {
    fixture with;
    with.file("R1", "a");
    auto const slow = [&with](database_store_options& options) {
        options.faults.before = [&with](std::string_view call) -> boost::asio::awaitable<void> {
            if (call == "upsert_rule")
                co_await with.time.pause(5s);
        };
    };
    master one(with, with.database.url(), with.directory.path(), "one", slow);
    master two(with, with.database.url(), with.directory.path(), "two");
    auto const pass = [&]() -> boost::asio::awaitable<void> { co_await one.sync->synchronise(); };
    task_group running(with.loop.get_executor());
    running.spawn("pass", pass());
    with.time.settle();
    BOOST_TEST(!with.run(two.sync->synchronise()));
    running.cancel();
    with.run(running.join());
    BOOST_TEST(with.run(two.sync->synchronise()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
