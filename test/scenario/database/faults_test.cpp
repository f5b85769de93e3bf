#include "faulty_swarm.hpp"

using namespace test;

BOOST_AUTO_TEST_SUITE(faults)

BOOST_DATA_TEST_CASE(a_cut_connection_that_can_be_created_again_is_harmless, servers, kind) {
    faulty_swarm with(kind);
    node writer(with, with.database.url());
    writer.write("R1", "a");
    node worker(with, with.database.url());
    worker.start();
    auto changes = worker.store().subscribe_changes();
    for (int round = 0; round < 3; ++round) {
        with.database.cut_connections();
        if (round == 1)
            BOOST_CHECK_NO_THROW(worker.get("R1"));
        auto const rule_id = "R" + std::to_string(round);
        auto client = with.database.client();
        client.execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES (:1, 'disabled')", {rule_id});
        with.time.advance(30s);
        BOOST_TEST(worker.read(changes) == lines{std::to_string(round + 2) + " " + rule_id + " disabled"},
                   boost::test_tools::per_element());
        BOOST_TEST(!worker.store().stale_since());
        BOOST_TEST(worker.log.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_worker_that_gets_no_connection_for_notifications_polls_changes) {
    // A client that the server admits once.
    struct guest {
        guest() { server.execute("CREATE ROLE " + name + " LOGIN CONNECTION LIMIT 1"); }
        ~guest() { server.execute("DROP ROLE " + name); }
        session server{parse_database_url(server_url(database_kind::postgresql))};
        std::string name = "guest_" + std::to_string(::getpid());
    } guest;
    faulty_swarm with(database_kind::postgresql);
    auto url = with.database.url();
    with.database.administer("ALTER DATABASE " + parse_database_url(url).database + " OWNER TO " + guest.name);
    auto const at = url.find("//") + 2;
    url.replace(at, url.find('@') - at, guest.name);
    {
        node worker(with, url, [](database_store_options& options) { options.poll.reset(); });
        worker.start();
        auto changes = worker.store().subscribe_changes();
        BOOST_TEST(!worker.store().stale_since());
        BOOST_REQUIRE(worker.log.size() == 1u);
        BOOST_TEST(worker.log[0].starts_with("no notifications, changes are looked for instead: "), worker.log[0]);
        BOOST_TEST(worker.log[0].find("too many connections for role") != std::string::npos, worker.log[0]);
        auto client = with.database.client();
        client.execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('R1', 'disabled')");
        with.time.advance(300ms);
        BOOST_TEST(worker.read(changes) == lines{"1 R1 disabled"}, boost::test_tools::per_element());
        with.time.advance(60s);
        BOOST_TEST(worker.log.size() == 1u);

        guest.server.execute("ALTER ROLE " + guest.name + " CONNECTION LIMIT 2");
        with.time.advance(11s);
        BOOST_TEST(worker.log.back() == "notified of changes again");
        BOOST_TEST(
            guest.server.query("SELECT 1 FROM pg_stat_activity WHERE usename = '" + guest.name + "'", 1).size() == 2u);
    }
}

BOOST_DATA_TEST_CASE(a_connection_cut_in_a_transaction_leaves_nothing_behind, servers, kind) {
    faulty_swarm with(kind);
    node worker(with, with.database.url());
    worker.set("R1", rule_state::disabled("before"));
    auto client = with.database.client();
    auto abandoned = std::make_unique<transaction>(client, transaction::purpose::write);
    client.execute("UPDATE ttp_rule_state SET state = 'enabled'");
    with.database.cut_connections();
    abandoned.reset();
    BOOST_TEST(worker.load().states.at("R1").reason == "before");
    BOOST_TEST(worker.set("R1", rule_state::disabled("after")).revision == 2u);
}

BOOST_AUTO_TEST_CASE(a_long_outage_is_reported_once_and_caught_up_with) {
    faulty_swarm with(database_kind::postgresql);
    node writer(with, with.database.url());
    writer.write("R1", "a");
    node worker(with, with.database.url());
    worker.start();
    auto changes = worker.store().subscribe_changes();
    auto const name = parse_database_url(with.database.url()).database;
    auto client = with.database.client();
    with.database.administer("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
    with.database.administer("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '" + name +
                             "'");
    with.time.advance(10min);
    auto const since = worker.store().stale_since();
    BOOST_REQUIRE(since);
    BOOST_TEST((with.time.now() - *since >= 9min));
    BOOST_TEST(worker.log.size() == 1u);
    BOOST_TEST(worker.load().rules.size() == 1u);
    BOOST_CHECK_THROW(worker.set("R1", rule_state::disabled("x")), store_unavailable);
    with.database.administer("ALTER DATABASE " + name + " ALLOW_CONNECTIONS true");
    with.database.client().execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('R1', 'disabled')");
    with.time.advance(15s);
    BOOST_TEST(worker.read(changes) == lines{"2 R1 disabled"}, boost::test_tools::per_element());
    BOOST_TEST(!worker.store().stale_since());
    BOOST_TEST(worker.log.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_read_only_database_is_followed_and_refuses_decisions) {
    faulty_swarm with(database_kind::postgresql);
    node writer(with, with.database.url());
    writer.write("R1", "a");
    auto const before = writer.set("R1", rule_state::disabled("before", with.time.now() + 1h));
    auto const name = parse_database_url(with.database.url()).database;
    with.database.administer("ALTER DATABASE " + name + " SET default_transaction_read_only = on");
    node worker(with, with.database.url());
    worker.start();
    BOOST_TEST((worker.get("R1") == before));
    BOOST_CHECK_THROW(worker.set("R1", rule_state::disabled("x")), store_unavailable);
    BOOST_TEST((worker.get("R1") == before));
    with.time.advance(2h);
    BOOST_TEST((worker.get("R1") == rule_state()));
    BOOST_TEST(!worker.store().stale_since());
    // Neither the history can be trimmed nor the state removed: one line each, not one per second.
    BOOST_TEST(worker.log.size() == 2u);
    with.database.administer("ALTER DATABASE " + name + " SET default_transaction_read_only = off");
    with.time.advance(2h);
    BOOST_TEST(with.run(worker.store().history("R1", 0, 100)).back().kind == "expiry");
}

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_a_decision_and_keeps_the_old_one) {
    faulty_swarm with;
    node worker(with, with.database.url());
    worker.set("R1", rule_state::disabled("before"));
    auto client = with.database.client();
    client.execute("PRAGMA max_page_count = 40");
    auto const fill = [&] {
        for (int i = 0; i < 1000; ++i)
            client.execute("UPDATE ttp_rule_state SET reason = :1",
                           {std::string(static_cast<std::size_t>(4000 + i), 'x')});
    };
    BOOST_CHECK_EXCEPTION(fill(), database_error,
                          [](database_error const& error) { return error.what_kind() == database_error::kind::full; });
    auto const page = rule_database(parse_database_url(with.database.url())).changes_after(0, 10'000);
    BOOST_TEST((page.what == change_page::history::complete));
    BOOST_TEST(std::get<rule_state>(page.changes.back().value).reason == worker.get("R1").reason);
    client.execute("PRAGMA max_page_count = 10000");
    BOOST_CHECK_NO_THROW(client.execute("UPDATE ttp_rule_state SET reason = 'after'"));
    BOOST_TEST(worker.get("R1").reason == "after");
}

// The same with a really full file system.

BOOST_AUTO_TEST_CASE(a_full_file_system_is_reported_once_and_evaluation_goes_on) {
    virtual_loop with;
    temporary_directory place;
    small_file_system const disk(place.path(), "512k");
    if (!disk.mounted()) {
        cannot_run_here("no right to mount; only the quota of SQLite was tested");
        return;
    }
    auto const url = "sqlite:" + (place / "rulehost.db").string();
    node writer(with, url);
    writer.write("R1", "wget");
    auto const before = writer.set("R1", rule_state::clipped(0.5, "before", with.time.now() + 1h));
    node worker(with, url);
    engine rules;
    rule_follower follower(rules, worker.store());
    worker.start();
    with.run(follower.load());
    task_group following(with.loop.get_executor());
    following.spawn("follower", follower.run());
    auto const tags = [&] {
        event seen;
        seen.source_kind = "command";
        seen.source_id = "c1";
        seen.attacker_uuid = "a1";
        seen.payload["command_text"] = "wget x";
        return rules.evaluate(seen, with.time.now()).value().tags;
    };
    BOOST_REQUIRE_EQUAL(tags().size(), 1u);
    {
        std::ofstream filler(place / "filler", std::ios::binary);
        std::string const block(4096, 'x');
        while (filler.write(block.data(), 4096).flush()) {}
    }
    int refused = 0;
    for (int i = 0; i < 200; ++i) {
        try {
            writer.set("R2", rule_state::disabled(std::string(4000, 'x')));
        } catch (store_unavailable const&) {
            ++refused;
        }
    }
    BOOST_TEST(refused > 100);
    BOOST_TEST((worker.get("R1") == before));
    with.time.advance(2h); // the expiry cannot be stored
    auto const logged = worker.log.size();
    BOOST_TEST(logged <= 2u);
    BOOST_TEST(tags().size() == 1u);
    BOOST_TEST((worker.get("R1") == rule_state()));
    with.time.advance(10min);
    BOOST_TEST(worker.log.size() == logged);
    place.remove("filler");
    with.time.advance(2h);
    BOOST_TEST(!worker.store().stale_since());
    BOOST_TEST(with.run(worker.store().history("R1", 0, 100)).back().kind == "expiry");
    writer.set("R1", rule_state::disabled("after"));
    with.time.advance(2s);
    BOOST_TEST(tags().empty());
    following.cancel();
    with.run(following.join());
    worker.stop();
}

BOOST_DATA_TEST_CASE(a_lost_answer_does_not_make_two_decisions_of_one, data::make(every_kind), kind) {
    faulty_swarm with(kind);
    faulty_link link;
    node worker(with, with.database.url(), link.installed());
    auto changes = worker.store().subscribe_changes();
    worker.load();
    link.only = "set_state";
    link.now = faulty_link::state::cut_after;
    auto const stored = worker.set("R1", rule_state::clipped(1.0 / 3, "once"));
    BOOST_TEST(stored.revision == 1u);
    BOOST_TEST((worker.get("R1") == stored));
    BOOST_TEST(worker.read(changes) == lines{"1 R1 clipped"}, boost::test_tools::per_element());
    link.only = "clear_state";
    link.now = faulty_link::state::cut_after;
    BOOST_TEST((with.run(worker.store().clear_state("R1", "ops", stored.revision)) == rule_state()));
    BOOST_TEST(worker.read(changes) == lines{"2 R1 enabled"}, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_lost_answer_makes_and_ends_one_stacked_decision, data::make(every_kind), kind) {
    faulty_swarm with(kind);
    faulty_link link;
    node worker(with, with.database.url(), link.installed());
    worker.load();
    std::vector<decision> made;
    for (int i = 0; i < 2; ++i) { // the state of the rule, and another decision
        decision wanted(decision_effect::clip, {"R1"});
        wanted.confidence_max = 1.0 / 3;
        wanted.set_by = "ops";
        link.only = "decide";
        link.now = faulty_link::state::cut_after;
        made.push_back(with.run(worker.store().decide(wanted)));
    }
    BOOST_TEST(made[0].id == 1u);
    BOOST_TEST((as_decision("R1", worker.get("R1")) == made[0]));
    BOOST_TEST((with.run(worker.store().list_decisions()) == decision_map{{2, made[1]}}));
    for (auto const& each : made) {
        link.only = "end_decision";
        link.now = faulty_link::state::cut_after;
        BOOST_TEST((with.run(worker.store().end_decision(each.id, "ops")) == each));
    }
    BOOST_TEST((worker.get("R1") == rule_state()));
    BOOST_TEST(with.run(worker.store().list_decisions()).empty());
    BOOST_TEST(with.run(worker.store().history("", 0, 100)).size() == 4u);
}

BOOST_DATA_TEST_CASE(a_lost_answer_to_a_clear_does_not_clear_what_came_after_it, data::make(every_kind), kind) {
    faulty_swarm with(kind);
    node other(with, with.database.url());
    // The answer of the first attempt is lost, and another operator decides before the second.
    std::function<void()> meanwhile;
    node worker(with, with.database.url(), [&](database_store_options& options) {
        options.faults.after = [&](std::string_view call) -> asio::awaitable<void> {
            if (call == "clear_state" && meanwhile) {
                std::exchange(meanwhile, {})();
                throw database_error(database_error::kind::in_doubt, "cut off");
            }
            co_return;
        };
    });
    auto client = with.database.client();
    worker.set("R1", rule_state::disabled("old"));
    meanwhile = [&] {
        client.execute(
            "INSERT INTO ttp_rule_state (rule_id, state, reason, set_by) VALUES ('R1', 'disabled', 'newer', 'other')");
    };
    BOOST_TEST((with.run(worker.store().clear_state("R1", "ops")) == rule_state()));
    BOOST_TEST(other.get("R1").reason == "newer");
    BOOST_TEST(with.run(other.store().history("R1", 0, 100)).size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_write_that_never_left_changes_nothing) {
    faulty_swarm with;
    faulty_link link;
    node worker(with, with.database.url(), link.installed());
    link.only = "set_state";
    link.now = faulty_link::state::cut_before;
    BOOST_CHECK_THROW(worker.set("R1", rule_state::disabled("x")), store_unavailable);
    BOOST_TEST((worker.get("R1") == rule_state()));
    BOOST_TEST(with.run(worker.store().history("", 0, 10)).empty());
}

BOOST_AUTO_TEST_CASE(a_database_locked_for_ten_seconds_delays_the_writer_and_not_the_loop) {
    test_database database(database_kind::sqlite);
    asio::io_context loop{1};
    asio::thread_pool pool{1};
    system_time_source time;
    database_store_options options;
    options.url = database.url();
    database_rule_store store(loop.get_executor(), pool.get_executor(), time, std::move(options));
    auto locker = database.client();
    { rule_database(parse_database_url(database.url())).position(); }
    auto lock = std::make_unique<transaction>(locker, transaction::purpose::write);
    auto const start = std::chrono::steady_clock::now();
    asio::steady_timer release(loop, 10s);
    release.async_wait([&](boost::system::error_code) { lock.reset(); });
    int ticks = 0;
    asio::steady_timer tick(loop);
    std::optional<rule_state> stored;
    std::function<void()> beat = [&] {
        tick.expires_after(100ms);
        tick.async_wait([&](boost::system::error_code) {
            ++ticks;
            if (!stored)
                beat();
        });
    };
    beat();
    asio::co_spawn(loop, store.set_state("R1", rule_state::disabled("waited"), "ops"),
                   [&](std::exception_ptr problem, rule_state state) {
                       BOOST_TEST(!problem);
                       stored = std::move(state);
                   });
    loop.run();
    pool.join();
    BOOST_REQUIRE(stored);
    BOOST_TEST(stored->reason == "waited");
    BOOST_TEST((std::chrono::steady_clock::now() - start >= 10s));
    BOOST_TEST(ticks > 50);
}

BOOST_AUTO_TEST_SUITE_END()
