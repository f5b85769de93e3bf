#include "faulty_swarm.hpp"

using namespace test;

BOOST_AUTO_TEST_SUITE(snapshots_of_a_database)

BOOST_AUTO_TEST_CASE(without_a_database_a_worker_starts_from_its_snapshot) {
    faulty_swarm with;
    temporary_directory local;
    faulty_link link;
    auto const install = [&, links = link.installed()](database_store_options& options) {
        links(options);
        options.snapshot_file = local / "var/snapshot.json";
    };
    node writer(with, with.database.url());
    writer.write("R1", "a");
    writer.write("R2", "a");
    writer.set("R2", rule_state::clipped(1.0 / 3, "x"));
    std::string before;
    {
        node worker(with, with.database.url(), install);
        worker.start();
        with.time.advance(5s);
        before = worker.digest();
    }
    link.now = faulty_link::state::cut_before;
    node worker(with, with.database.url(), install);
    worker.start();
    BOOST_TEST(worker.digest() == before);
    BOOST_TEST(worker.store().stale_since().has_value());
    with.time.advance(1h);
    BOOST_REQUIRE_EQUAL(worker.log.size(), 1u);
    BOOST_TEST(worker.log[0].find("local snapshot of") != std::string::npos);
    auto changes = worker.store().subscribe_changes();
    writer.write("R1", "b");
    link.now = faulty_link::state::good;
    with.time.advance(30s);
    BOOST_TEST(worker.read(changes) == lines{"4 R1 defined"}, boost::test_tools::per_element());
    BOOST_TEST(!worker.store().stale_since());
    BOOST_TEST(worker.digest() == writer.digest());
}

BOOST_AUTO_TEST_CASE(a_snapshot_remembers_how_wrong_the_clock_is) {
    faulty_swarm with;
    temporary_directory local;
    faulty_link link;
    duration error = 30s; // of the database's clock, with the same effect
    auto const install = [&, links = link.installed()](database_store_options& options) {
        links(options);
        options.snapshot_file = local / "snapshot.json";
        options.database_clock = [&] { return with.time.now() + error; };
    };
    {
        node worker(with, with.database.url(), install);
        worker.set("R1", rule_state::disabled("x", with.time.now() + error + 1h));
        worker.start();
        with.time.advance(5s);
    }
    {
        link.now = faulty_link::state::cut_before;
        node worker(with, with.database.url(), install);
        worker.start();
        BOOST_TEST((worker.store().expiries().ahead() == 30s));
        BOOST_TEST(worker.load().states.size() == 1u);
        with.time.advance(1h - 5s);
        auto const there = worker.store().expiries().at(with.time.now());
        BOOST_TEST((effective(worker.load().states.at("R1"), there) == rule_state()));
        // A changed clock alone triggers a new snapshot.
        error = -30s;
        link.now = faulty_link::state::good;
        with.time.advance(15s);
        BOOST_TEST((worker.store().expiries().ahead() == -30s));
    }
    link.now = faulty_link::state::cut_before;
    node worker(with, with.database.url(), install);
    worker.start();
    BOOST_TEST((worker.store().expiries().ahead() == -30s));
}

BOOST_AUTO_TEST_CASE(a_snapshot_is_compared_with_the_database_once) {
    faulty_swarm with;
    temporary_directory local;
    auto const install = [&](database_store_options& options) { options.snapshot_file = local / "snapshot.json"; };
    node writer(with, with.database.url());
    writer.write("R1", "a");
    writer.write("R2", "a");
    with.database.client().execute("UPDATE ttp_rule SET yaml_content = 'garbage: [' WHERE rule_id = 'R2'");
    {
        node worker(with, with.database.url(), install);
        worker.start();
        with.time.advance(5s);
    }
    // As if the version that saved it had rejected R1.
    auto snapshot = boost::json::parse(local.read("snapshot.json"));
    auto& rules = snapshot.at("rules").as_array();
    rules.erase(rules.begin());
    local.write("snapshot.json", boost::json::serialize(snapshot));
    node worker(with, with.database.url(), install);
    worker.start();
    BOOST_TEST(worker.digest() == writer.digest());
    BOOST_TEST(worker.load().quarantine.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_could_not_be_saved_is_saved_later) {
    faulty_swarm with;
    temporary_directory local;
    local.write("in the way", "");
    auto const file = local / "in the way/snapshot.json";
    node worker(with, with.database.url(), [&](database_store_options& options) { options.snapshot_file = file; });
    worker.write("R1", "a");
    worker.start();
    with.time.advance(10min);
    auto const is_about_writing = [](std::string const& line) {
        return line.find("the local snapshot cannot be written") != std::string::npos;
    };
    BOOST_REQUIRE(std::ranges::count_if(worker.log, is_about_writing) == 1); // despite many attempts
    local.remove("in the way");
    with.time.advance(2min);
    BOOST_TEST(std::filesystem::exists(file));
    BOOST_TEST(worker.log.back() == "the local snapshot is written again");
}

BOOST_AUTO_TEST_CASE(unreadable_rows_of_a_snapshot_are_reported_and_cost_no_other) {
    faulty_swarm with;
    temporary_directory local;
    auto const install = [&](database_store_options& options) { options.snapshot_file = local / "snapshot.json"; };
    node writer(with, with.database.url());
    writer.write("R1", "a");
    writer.write("R2", "a");
    writer.set("R1", rule_state::disabled("noisy"));
    writer.set("R2", rule_state::disabled("noisy"));
    {
        node worker(with, with.database.url(), install);
        worker.start();
        with.time.advance(5s);
    }
    auto snapshot = boost::json::parse(local.read("snapshot.json"));
    snapshot.at("states").as_array()[0].as_object()["state"] = "asleep";
    local.write("snapshot.json", boost::json::serialize(snapshot));
    faulty_link link;
    link.now = faulty_link::state::cut_before;
    auto const links = link.installed();
    node worker(with, with.database.url(), [&](database_store_options& options) {
        links(options);
        install(options);
    });
    auto const loaded = worker.load();
    BOOST_TEST(loaded.rules.size() == 2u);
    BOOST_TEST(loaded.states.size() == 1u);
    BOOST_TEST(worker.log[0].find("the state of R1: unknown state") != std::string::npos, worker.log[0]);
    link.now = faulty_link::state::good;
    BOOST_TEST(worker.digest() == writer.digest());
}

BOOST_AUTO_TEST_CASE(a_damaged_snapshot_is_reported_and_not_trusted) {
    faulty_swarm with;
    temporary_directory local;
    for (auto const* const text :
         {"", "{", "[]", "{\"rulehost_snapshot\": 1}",
          "{\"rulehost_snapshot\": 1, \"database_id\": \"x\", "
          "\"revision\": -1, \"saved_at\": \"\", \"rules\": [], \"states\": []}",
          "{\"rulehost_snapshot\": 1, \"database_id\": \"x\", \"revision\": 1, \"saved_at\": \"2026-01-01T00:00Z\", "
          "\"clock_ahead_us\": 9223372036854775807, \"rules\": [], \"states\": []}"}) {
        local.write("snapshot.json", text);
        faulty_link link;
        link.now = faulty_link::state::cut_before;
        auto const links = link.installed();
        node worker(with, with.database.url(), [&](database_store_options& options) {
            links(options);
            options.snapshot_file = local / "snapshot.json";
        });
        BOOST_CHECK_THROW(worker.load(), store_unavailable);
        BOOST_REQUIRE(!worker.log.empty());
        BOOST_TEST(worker.log[0].find("damaged") != std::string::npos);
        link.now = faulty_link::state::good;
        BOOST_CHECK_NO_THROW(worker.load());
    }
}

// Real time: SQLite waits here, and the loop must not.

BOOST_AUTO_TEST_SUITE_END()
