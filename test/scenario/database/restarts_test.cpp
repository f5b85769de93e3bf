// Servers that are stopped, killed and restarted, connections that are cut at the worst moment, a file that becomes
// read-only: the last known rules stay live, nothing is lost, and each fault is logged once.
#include "scenario/database/swarm.hpp"

#include "support/database_server.hpp"
#include "support/temporary_directory.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/rule_follower.hpp>

#include <boost/test/data/test_case.hpp>

#include <unistd.h>

#include <filesystem>
#include <functional>
#include <thread>

using namespace rulehost;
using namespace rulehost::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace data = boost::unit_test::data;

namespace {

auto const each_server = data::make({database_kind::postgresql, database_kind::mysql});

/// A worker that evaluates, and a reader of its changes.
class evaluating_worker {
public:
    evaluating_worker(virtual_loop& with, std::string const& url,
                      std::function<void(database_store_options&)> adapt = {})
        : with_(with),
          worker(with, url, std::move(adapt)),
          follower_(rules_, worker.store()),
          changes_(worker.store().subscribe_changes()),
          following_(with.loop.get_executor()) {
        worker.start();
        with.run(follower_.load());
        following_.spawn("follower", follower_.run());
        with.time.settle();
    }
    ~evaluating_worker() {
        following_.cancel();
        with_.run(following_.join());
    }

    /// The rules that currently tag this line.
    lines tagging(std::string const& line) {
        event seen;
        seen.source_kind = "command";
        seen.source_id = "c1";
        seen.attacker_uuid = "a1";
        seen.payload["command_text"] = line;
        lines ids;
        auto const found = rules_.evaluate(seen, with_.time.now()).value();
        for (auto const& made : found.tags)
            ids.push_back(made.rule_id);
        return ids;
    }
    lines read() { return worker.read(changes_); }

private:
    virtual_loop& with_;

public:
    node worker;

private:
    engine rules_;
    rule_follower follower_;
    change_subscription changes_;
    task_group following_;
};

enum class way_down { stop, kill };

/// Whether the outcome of a rejected call is certain.
bool not_in_doubt(store_unavailable const& refused) {
    return std::string(refused.what()).find("not known") == std::string::npos;
}

/// A client that holds the lock of all writers, and cuts off connections that wait for it.
class lock_holder {
public:
    explicit lock_holder(test_database const& database) : database_(database), client_(database.client()) {
        lock_ = std::make_unique<transaction>(client_, transaction::purpose::write);
        client_.execute("UPDATE ttp_revision SET revision = revision + 1");
    }

    /// Waits until a connection waits for the lock, and ends it. Never the same one twice, since it may be listed as
    /// waiting for a moment longer.
    void cut_one_off() {
        session administrator(parse_database_url(server_url(database_.kind())));
        auto const name = parse_database_url(database_.url()).database;
        auto const postgresql = database_.kind() == database_kind::postgresql;
        auto const waiting = postgresql
            ? "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '" + name +
                "' AND pid <> " + cut_off_
            : "SELECT id FROM information_schema.processlist WHERE command = 'Query' AND time_ms > 200 "
              "AND db = '" +
                name + "' AND id <> " + cut_off_;
        std::vector<sql_row> who;
        while (who.empty())
            who = administrator.query(waiting, 1);
        cut_off_ = who[0][0].value();
        if (postgresql)
            administrator.query("SELECT pg_terminate_backend(" + cut_off_ + ")::text", 1);
        else
            administrator.execute("KILL " + cut_off_);
    }
    void release() { lock_.reset(); }

private:
    test_database const& database_;
    session client_;
    std::unique_ptr<transaction> lock_;
    std::string cut_off_ = "0";
};

/// Drops root's privileges, which ignore permissions, for a user that owns `place`, during its lifetime.
class without_privileges {
public:
    explicit without_privileges(std::filesystem::path const& place) {
        if (::geteuid() == 0) {
            BOOST_REQUIRE_EQUAL(::chown(place.c_str(), nobody, nobody), 0);
            BOOST_REQUIRE_EQUAL(::seteuid(nobody), 0);
        }
    }
    ~without_privileges() {
        if (::getuid() == 0)
            BOOST_TEST(::seteuid(0) == 0);
    }

private:
    static constexpr ::uid_t nobody = 65534;
};

} // namespace

BOOST_AUTO_TEST_SUITE(restarts)

BOOST_DATA_TEST_CASE(a_server_that_comes_back_is_caught_up_with_in_order, each_server, kind) {
    database_server server(kind);
    virtual_loop with;
    node writer(with, server.url());
    writer.write("R1", "wget");
    writer.write("R2", "curl");
    writer.write("R3", "nc");
    evaluating_worker one(with, server.url());
    revision known = 3;
    for (auto const down : {way_down::stop, way_down::kill}) {
        writer.write("R1", "wget");
        writer.set("R2", rule_state::disabled("probation", with.time.now() + 5min));
        with.time.advance(2s);
        one.read();
        BOOST_TEST(one.tagging("wget; curl; nc") == (lines{"R1", "R3"}), boost::test_tools::per_element());
        one.worker.log.clear();

        down == way_down::stop ? server.stop() : server.kill();
        with.time.advance(10min);
        auto const since = one.worker.store().stale_since();
        BOOST_REQUIRE(since);
        BOOST_TEST((with.time.now() - *since >= 9min));
        BOOST_REQUIRE_EQUAL(one.worker.log.size(), 1u);
        BOOST_TEST(one.worker.log[0].find("stay live") != std::string::npos);
        BOOST_TEST(one.worker.log[0].find('\n') == std::string::npos);
        // States that expired meanwhile stay expired.
        BOOST_TEST(one.tagging("wget; curl; nc") == (lines{"R1", "R2", "R3"}), boost::test_tools::per_element());
        BOOST_CHECK_THROW(one.worker.set("R3", rule_state::disabled("x")), store_unavailable);
        BOOST_CHECK_THROW(one.worker.get("R3"), store_unavailable);
        BOOST_TEST(one.worker.log.size() == 1u);

        server.start();
        known = with.run(writer.store().load_compiled()).revision;
        writer.write("R1", "ssh");
        writer.set("R3", rule_state::disabled("noisy"));
        with.run(writer.store().clear_state("R3", "ops"));
        with.run(writer.store().delete_rule("R1", "ops"));
        BOOST_TEST(one.read().empty());
        with.time.advance(15s);
        auto const number = [&](int later) { return std::to_string(known + static_cast<revision>(later)); };
        BOOST_TEST(one.read() ==
                       (lines{number(1) + " R1 defined", number(2) + " R3 disabled", number(3) + " R3 enabled",
                              number(4) + " R1 deleted", number(5) + " R2 enabled by expiry"}),
                   boost::test_tools::per_element());
        BOOST_TEST(!one.worker.store().stale_since());
        BOOST_REQUIRE_EQUAL(one.worker.log.size(), 2u);
        BOOST_TEST(one.worker.log[1].find("back after 10m") != std::string::npos);
        BOOST_TEST(one.tagging("wget; curl; nc") == (lines{"R2", "R3"}), boost::test_tools::per_element());
        BOOST_TEST(one.worker.digest() == writer.digest());
    }
}

// The worker detects the loss on a connection that it used before. A write that never reached its commit is not in
// doubt, so no call waits for the server. Some processes of a killed server live on for a moment, and may answer a
// worker under load.
BOOST_DATA_TEST_CASE(a_decision_without_a_server_is_rejected_at_once, each_server, kind) {
    database_server server(kind);
    virtual_loop with;
    node one(with, server.url());
    one.set("R1", rule_state::disabled("before"));
    server.kill();
    BOOST_CHECK_EXCEPTION(one.set("R1", rule_state::disabled("after")), store_unavailable, not_in_doubt);
}

BOOST_DATA_TEST_CASE(a_writer_cut_off_while_it_waits_for_a_lock_decides_once, each_server, kind) {
    test_database database(kind);
    virtual_loop with;
    evaluating_worker one(with, database.url());
    one.worker.set("R1", rule_state::disabled("before"));
    lock_holder holder(database);
    std::jthread const meanwhile([&] {
        holder.cut_one_off();
        holder.release();
    });
    BOOST_TEST(one.worker.set("R1", rule_state::disabled("after")).revision == 2u);
    BOOST_TEST(one.read() == (lines{"1 R1 disabled", "2 R1 disabled"}), boost::test_tools::per_element());
    BOOST_TEST(with.run(one.worker.store().history("R1", 0, 100)).size() == 2u);
    BOOST_TEST(one.worker.log.empty());
}

BOOST_DATA_TEST_CASE(a_writer_cut_off_again_and_again_is_refused_and_changes_nothing, each_server, kind) {
    test_database database(kind);
    virtual_loop with;
    evaluating_worker one(with, database.url());
    auto const before = one.worker.set("R1", rule_state::disabled("before"));
    lock_holder holder(database);
    std::jthread meanwhile([&] {
        holder.cut_one_off();
        holder.cut_one_off(); // of its second attempt, on a new connection
    });
    BOOST_CHECK_EXCEPTION(one.worker.set("R1", rule_state::disabled("after")), store_unavailable, not_in_doubt);
    meanwhile.join();
    holder.release();
    with.time.advance(30s);
    BOOST_TEST((one.worker.get("R1") == before));
    BOOST_TEST(one.read() == lines{"1 R1 disabled"}, boost::test_tools::per_element());
    BOOST_TEST(!one.worker.store().stale_since());
    BOOST_TEST(one.worker.set("R1", rule_state::disabled("later")).revision == 2u);
}

// The clock is read in the middle of a transaction that clears a state, and of one that writes under a lease.
BOOST_DATA_TEST_CASE(a_connection_cut_in_a_transaction_leaves_no_part_of_it, each_server, kind) {
    test_database database(kind);
    virtual_loop with;
    bool cut = false;
    auto const cutting = [&](database_store_options& options) {
        options.database_clock = [&] {
            if (std::exchange(cut, false))
                database.cut_connections();
            return with.time.now();
        };
    };
    node other(with, database.url());
    evaluating_worker one(with, database.url(), cutting);
    one.worker.set("R1", rule_state::disabled("probation"));
    cut = true;
    with.run(one.worker.store().clear_state("R1", "ops"));
    BOOST_TEST(!cut);
    with.time.advance(15s);
    BOOST_TEST(one.read() == (lines{"1 R1 disabled", "2 R1 enabled"}), boost::test_tools::per_element());
    BOOST_TEST(with.run(other.store().history("R1", 0, 100)).size() == 2u);

    auto const rule = read_rules(rule_text("R2", "a"), "R2.yaml").at(0).definition;
    BOOST_REQUIRE(with.run(one.worker.store().take_lease("sync", "one", 1h)));
    cut = true;
    BOOST_TEST(with.run(one.worker.store().upsert_rule(rule, "R2.yaml", "author", lease_claim("sync", "one"))) == 3u);
    BOOST_TEST(!cut);
    with.time.advance(15s);
    BOOST_TEST(one.read() == lines{"3 R2 defined"}, boost::test_tools::per_element());
    BOOST_TEST(with.run(other.store().history("R2", 0, 100)).size() == 1u);
    BOOST_TEST(!one.worker.store().stale_since());
    BOOST_TEST(one.worker.log.empty());
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_be_written_is_followed_and_refuses_decisions) {
    using std::filesystem::perms;
    temporary_directory place;
    without_privileges const ordinary(place.path());
    auto const file = place / "rulehost.db";
    virtual_loop with;
    node writer(with, "sqlite:" + file.string()); // it has the file open and continues to write
    writer.write("R1", "wget");
    auto const before = writer.set("R1", rule_state::clipped(0.5, "before", with.time.now() + 1h));
    std::filesystem::permissions(file, perms::owner_read);
    std::filesystem::permissions(place.path(), perms::owner_read | perms::owner_exec);

    evaluating_worker one(with, "sqlite:" + file.string());
    BOOST_TEST((one.worker.get("R1") == before));
    BOOST_CHECK_EXCEPTION(one.worker.set("R1", rule_state::disabled("x")), store_unavailable,
                          [](store_unavailable const& refused) {
                              return std::string(refused.what()).find("readonly") != std::string::npos;
                          });
    BOOST_TEST((one.worker.get("R1") == before));
    writer.write("R2", "curl");
    writer.set("R2", rule_state::disabled("noisy"));
    with.time.advance(2s);
    BOOST_TEST(one.read() == (lines{"3 R2 defined", "4 R2 disabled"}), boost::test_tools::per_element());
    with.time.advance(10h); // the expiry cannot be stored, nor the history trimmed
    BOOST_TEST(one.tagging("wget; curl") == lines{"R1"}, boost::test_tools::per_element());
    BOOST_TEST(one.worker.log.size() == 2u);
    BOOST_TEST(!one.worker.store().stale_since());

    std::filesystem::permissions(place.path(), perms::owner_all);
    std::filesystem::permissions(file, perms::owner_read | perms::owner_write);
    with.time.advance(2h);
    BOOST_TEST(one.read() == lines{"5 R1 enabled by expiry"}, boost::test_tools::per_element());
    BOOST_TEST(one.worker.log.size() == 4u);
    BOOST_TEST(one.worker.set("R1", rule_state::disabled("after")).revision == 6u);
}

BOOST_AUTO_TEST_SUITE_END()
