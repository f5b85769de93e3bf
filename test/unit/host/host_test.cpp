#include "hosting.hpp"

#include "sql/session/database_url.hpp"
#include "sql/session/session.hpp"

using namespace test;

BOOST_FIXTURE_TEST_SUITE(hosts, hosting)

BOOST_AUTO_TEST_CASE(event_of_the_embedder_is_evaluated_stored_and_reported) {
    start();
    BOOST_TEST(subject->ready());
    auto received = subject->subscribe("ttp.>");
    auto const tags = run(subject->evaluate(typed_command("c1"))).value();
    BOOST_REQUIRE_EQUAL(tags.size(), 1u);
    BOOST_TEST(tags[0].technique_id == "T1105");
    BOOST_TEST(printed.collected.size() == 1u);
    BOOST_TEST(run(received.next())->topic == "ttp.tagged");
    BOOST_TEST(run(received.next())->topic == "ttp.rule.fired.T1105");
}

BOOST_AUTO_TEST_CASE(event_that_is_refused_says_why) {
    start();
    auto anonymous = typed_command("c1");
    anonymous.attacker_uuid.clear();
    auto const answer = run(subject->evaluate(anonymous));
    BOOST_TEST((answer.error() == refusal::no_anchor));
    BOOST_CHECK_THROW(answer.value(), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(socket_does_not_take_lines_that_have_no_id) {
    socket_input lines;
    lines.path = directory / "socket";
    lines.format = event_format::text;
    options.inputs.emplace_back(lines);
    BOOST_CHECK_THROW(host(loop.get_executor(), loop.get_executor(), time, options), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(host_ends_when_its_inputs_have_ended) {
    directory.write("one", line("c1") + line("c2"));
    directory.write("two", line("c3"));
    for (auto const* const name : {"one", "two"}) {
        file_input input;
        input.path = (directory / name).string();
        input.at_end = file_input::end::stop;
        options.inputs.emplace_back(input);
    }
    start();
    BOOST_TEST(!running);
    BOOST_TEST(!problem);
    BOOST_TEST(printed.collected.size() == 3u);
    BOOST_TEST(subject->statistics().inputs.at(1).events == 1u);
    subject.reset();
}

BOOST_AUTO_TEST_CASE(database_keeps_tags_states_and_how_far_files_were_read) {
    options.store = "sqlite:" + (directory / "host.db").string();
    file_input input;
    input.path = (directory / "log").string();
    options.inputs.emplace_back(input);
    directory.write("log", line("c1") + line("c2"));
    start();
    BOOST_TEST(printed.collected.size() == 2u);
    rule_state off;
    off.status = rule_status::disabled;
    run(subject->set_state("R1", off, "ops"));
    subject->stop();
    wait();
    BOOST_TEST(!running);

    std::ofstream(directory / "log", std::ios::app) << line("c3");
    start();
    auto counts = subject->statistics();
    BOOST_TEST(counts.inputs.at(0).lines == 1u);
    BOOST_TEST(counts.inputs.at(0).withheld == 1u);
    run(subject->clear_state("R1", "ops"));
    wait();
    std::ofstream(directory / "log", std::ios::app) << line("c4");
    wait();
    BOOST_TEST(printed.collected.size() == 3u);
    BOOST_TEST(run(subject->evaluate(typed_command("c1"))).value().size() == 1u);
    BOOST_TEST(printed.collected.size() == 3u);
    BOOST_TEST(subject->statistics().known_tags == 1u);
}

BOOST_AUTO_TEST_CASE(host_whose_name_another_process_has_reads_nothing_until_that_one_ends) {
    database_store_options shared;
    shared.url = options.store = "sqlite:" + (directory / "host.db").string();
    options.worker = "w";
    file_input input;
    input.path = (directory / "log").string();
    options.inputs.emplace_back(input);
    directory.write("log", line("c1"));
    database_rule_store store(loop.get_executor(), loop.get_executor(), time, shared);
    worker_row other;
    other.worker = "w";
    other.process = "h:1:5:elsewhere:9";
    BOOST_TEST(run(store.claim_worker(other)).empty());
    start();
    BOOST_TEST(subject->statistics().name_holder == "process 1 on h");
    BOOST_TEST(printed.collected.empty());
    run(store.end_worker(other.process));
    wait();
    BOOST_TEST(subject->statistics().name_holder.empty());
    BOOST_TEST(printed.collected.size() == 1u);

    session sql(parse_database_url(options.store));
    sql.execute("UPDATE ttp_lease SET holder = 'h:1:5:elsewhere:9' WHERE name = 'worker:w'"); // as after a partition
    wait();
    std::ofstream(directory / "log", std::ios::app) << line("c2");
    wait();
    BOOST_TEST(subject->statistics().name_holder == "process 1 on h");
    BOOST_TEST(printed.collected.size() == 1u);
    sql.execute("DELETE FROM ttp_lease WHERE name = 'worker:w'");
    wait();
    BOOST_TEST(printed.collected.size() == 2u);
}

BOOST_AUTO_TEST_CASE(database_that_comes_late_is_waited_for_until_it_has_the_rules_of_the_directory) {
    directory.write("place", "no directory");
    options.store = "sqlite:" + (directory / "place" / "host.db").string();
    // Between the attempts to write and to load the rules it reports a missing snapshot.
    options.snapshot_file = directory / "snapshot";
    directory.write("snapshot", "{");
    directory.write("log", line("c1"));
    file_input input;
    input.path = (directory / "log").string();
    options.inputs.emplace_back(input);
    bool late = false;
    options.log = [&](log_level, std::string const& text) {
        logged.push_back(text);
        if (text.find("snapshot") != text.npos) {
            directory.remove("place");
            std::filesystem::create_directory(directory / "place");
        }
        late = late || text.find("snapshot") != text.npos;
    };
    start();
    BOOST_TEST(late);
    BOOST_TEST(subject->ready());
    BOOST_TEST(printed.collected.size() == 1u);
}

BOOST_AUTO_TEST_CASE(wait_for_the_first_rules_ends_at_its_limit_with_the_reason) {
    directory.write("place", "no directory");
    options.rules.clear();
    options.store = "sqlite:" + (directory / "place" / "host.db").string();
    options.max_wait_for_rules = std::chrono::seconds{15};
    start();
    BOOST_TEST(running);
    wait();
    BOOST_TEST(!running);
    BOOST_REQUIRE(problem);
    BOOST_CHECK_EXCEPTION(std::rethrow_exception(problem), store_unavailable, [](store_unavailable const& error) {
        return std::string_view(error.what()).ends_with("the rules were not complete within 15s");
    });
}

BOOST_AUTO_TEST_CASE(worker_that_comes_before_its_master_reads_nothing_until_the_first_rules_are_complete) {
    options.rules.clear();
    options.store = "sqlite:" + (directory / "host.db").string();
    directory.write("log", line("c1"));
    file_input input;
    input.path = (directory / "log").string();
    options.inputs.emplace_back(input);
    start();
    BOOST_TEST(!subject->ready());
    BOOST_TEST(subject->statistics().awaited == "the store has no rules yet");
    BOOST_TEST(std::ranges::count_if(
                   logged, [](auto const& text) { return text.starts_with("the store has no rules yet"); }) == 1);

    database_store_options same;
    same.url = options.store;
    database_rule_store master(loop.get_executor(), loop.get_executor(), time, same);
    rule_state off = rule_state::disabled("before it is there");
    run(master.set_state("R2", off, "ops"));
    wait();
    BOOST_TEST(!subject->ready());
    // One rule after the other, with the pauses of a slow database.
    lease_claim const lease("sync", "one");
    run(master.take_lease(lease.name, lease.holder, std::chrono::hours{1}));
    run(master.begin_first_pass(lease));
    for (std::string const id : {"R3", "R2", "R1"}) {
        auto text = std::string(rule);
        text.replace(text.find("R1"), 2, id);
        auto definition = read_rules(text, id + ".yaml").at(0).definition;
        run(master.upsert_rule(std::move(definition), id + ".yaml", "author"));
        time.advance(std::chrono::seconds{5});
        BOOST_TEST(!subject->ready());
    }
    BOOST_TEST(subject->statistics().awaited == "the first rules are being written");
    subject->stop();
    wait();
    start(); // a worker that starts in the middle of it
    BOOST_TEST(!subject->ready());
    BOOST_TEST(subject->statistics().awaited == "the first rules are being written");
    run(master.end_first_pass(lease));
    wait();
    BOOST_TEST(subject->ready());
    BOOST_TEST(subject->statistics().awaited.empty());
    BOOST_TEST(printed.collected.size() == 2u);
    BOOST_TEST(subject->statistics().inputs.at(0).withheld == 1u);

    for (auto const* const id : {"R1", "R2", "R3"})
        run(master.delete_rule(id, "ops"));
    run(subject->clear_state("R2", "ops"));
    subject->stop();
    wait();
    start(); // with a store that was emptied
    BOOST_TEST(subject->ready());
}

BOOST_AUTO_TEST_CASE(rule_change_is_live_and_reported) {
    options.allow_deletions = true; // it is the only rule
    start();
    auto received = subject->subscribe("ttp.rule.*.R1");
    rule_state clipped;
    clipped.status = rule_status::clipped;
    clipped.confidence_max = 0.5;
    run(subject->set_state("R1", clipped, "ops"));
    time.settle();
    BOOST_TEST(run(received.next())->topic == "ttp.rule.state.R1");
    BOOST_TEST(run(subject->evaluate(typed_command("c1"))).value().at(0).confidence == 0.5);
    BOOST_TEST(logged.back() == "revision 2: rule R1 is clipped to 0.5 by ops");
    run(subject->clear_state("R1", "ops"));
    time.settle();
    BOOST_TEST(run(received.next())->topic == "ttp.rule.state.R1");
    BOOST_TEST(logged.back() == "revision 3: the state of rule R1 was cleared");
    directory.remove("rules/R1.yaml");
    subject->rescan();
    time.settle();
    BOOST_TEST(run(received.next())->topic == "ttp.rule.reloaded.R1");
    BOOST_TEST(run(subject->evaluate(typed_command("c2"))).value().empty());
}

BOOST_AUTO_TEST_CASE(evaluation_that_waits_for_a_host_that_ends_is_reported) {
    start();
    subject->stop();
    wait();
    BOOST_CHECK_THROW(run(subject->evaluate(typed_command("c1"))), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(evaluations_that_wait_for_room_are_notified_when_the_host_ends) {
    constexpr std::size_t count = 400;
    notification never;
    stuck_sink stuck{never};
    options.printed = &stuck;
    start();
    auto heavy = typed_command("c");
    for (auto const* const field : {"uid", "user", "src", "pwd"})
        heavy.payload[field] = std::string(64 * 1024, 'x');
    std::size_t aborted = 0;
    for (std::size_t i = 0; i != count; ++i) {
        heavy.source_id = "c" + std::to_string(i);
        asio::co_spawn(loop, subject->evaluate(heavy),
                       [&](std::exception_ptr ended, auto const&) { aborted += bool(ended); });
    }
    time.settle();
    BOOST_TEST(subject->statistics().waiting_tags < count); // the others wait for room
    subject->stop();
    wait();
    BOOST_TEST(!running);
    BOOST_TEST(aborted == count);
}

BOOST_AUTO_TEST_CASE(evaluation_of_a_host_that_was_stopped_before_it_ran_is_reported) {
    subject = std::make_unique<host>(loop.get_executor(), loop.get_executor(), time, options);
    bool aborted = false;
    asio::co_spawn(loop, subject->evaluate(typed_command("c1")),
                   [&](std::exception_ptr ended, auto const&) { aborted = bool(ended); });
    subject->stop();
    run(subject->run());
    time.settle();
    BOOST_TEST(aborted);
}

BOOST_AUTO_TEST_CASE(absent_input_fails_the_run) {
    file_input input;
    input.path = (directory / "absent").string();
    input.at_end = file_input::end::stop;
    options.inputs.emplace_back(input);
    start();
    BOOST_TEST(!running);
    BOOST_TEST(bool(problem));
}

BOOST_AUTO_TEST_CASE(statistics_are_there_while_connections_close) {
    nats_input stream;
    stream.url = "nats://127.0.0.1:1/EVENTS";
    options.inputs.emplace_back(stream);
    options.drain = {};
    start();
    subject->stop();
    while (running) {
        BOOST_TEST(subject->statistics().inputs.size() == 1u);
        if (loop.poll_one() == 0)
            time.advance(std::chrono::milliseconds{1});
    }
    BOOST_TEST(!problem);
}

BOOST_AUTO_TEST_CASE(options_that_cannot_be_are_refused) {
    auto const make = [this] { host(loop.get_executor(), loop.get_executor(), time, options); };
    options.inputs.resize(2);
    BOOST_CHECK_THROW(make(), std::invalid_argument);
    nats_input stream;
    stream.url = "nats://me:secret@localhost/EVENTS";
    options.inputs = {stream, stream};
    BOOST_CHECK_EXCEPTION(make(), std::invalid_argument, [](std::exception const& refused) {
        return refused.what() == std::string("the input nats:EVENTS is given twice");
    });
    options.inputs.clear();
    options.worker = std::string(65, 'w');
    BOOST_CHECK_THROW(make(), std::invalid_argument);
    options.worker.clear();
    options.rules.clear();
    BOOST_CHECK_THROW(make(), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
