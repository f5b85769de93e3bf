#pragma once

// The master: a rules directory projected into a database.
#include "scenario/database/swarm.hpp"

#include "support/temporary_directory.hpp"

#include <rulehost/rule_sync.hpp>

#include <boost/test/data/test_case.hpp>

using namespace rulehost;
using namespace rulehost::test;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace rulehost::test {

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

/// Makes the database reject every row of the rule, like a constraint of its operator, and accept it again.
class row_refusal {
public:
    row_refusal(test_database const& database, std::string const& rule_id) : database_(database) {
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

struct mastered_directory : virtual_loop {
    explicit mastered_directory(database_kind kind = database_kind::sqlite) : database(kind) {}
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
    /// Stores the list `tools` and the rule R1 that names it, by a master that then ends.
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

} // namespace rulehost::test
