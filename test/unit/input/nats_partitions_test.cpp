#include "nats_workers.hpp"

using namespace test;

BOOST_FIXTURE_TEST_SUITE(nats_partitions, fixture)

BOOST_AUTO_TEST_CASE(partitions_are_shared_out_and_each_keeps_its_order) {
    make_stream();
    auto split = reading();
    split.partitions = 4;
    split.subject = "events.{partition}.>";
    worker first(*this, server, split);
    run_until([&] { return first.source->partitions().size() == 4; });
    {
        worker second(*this, server, split);
        std::map<std::string, numbers> got;
        std::size_t count = 0;
        auto const consume = [&](worker& by) -> asio::awaitable<void> {
            while (auto const batch = co_await by.source->next()) {
                for (auto const& line : batch->lines)
                    got[std::string(line.topic)].push_back(line.number);
                count += batch->lines.size();
                by.source->acknowledge(batch->number);
            }
        };
        asio::co_spawn(loop, consume(first), [](std::exception_ptr) {});
        asio::co_spawn(loop, consume(second), [](std::exception_ptr) {});
        lines const subjects{"events.0.s", "events.1.s", "events.2.s", "events.3.s"};
        publish(100, subjects);
        run_until([&] { return first.source->partitions().size() == 2 && second.source->partitions().size() == 2; });
        publish(100, subjects);
        run_until([&] { return count >= 200; });
        BOOST_TEST(count == 200u);
        for (auto const& [topic, order] : got)
            BOOST_TEST(std::ranges::is_sorted(order));
        first.source->stop();
        second.source->stop();
        run_until([&] { return first.ended && second.ended; });
    }
}

BOOST_AUTO_TEST_CASE(partition_of_a_worker_that_vanished_goes_on_with_what_it_had_taken) {
    make_stream();
    auto ordered = reading();
    ordered.partitions = 1;
    ordered.ack_wait = 1s;
    publish(6);
    {
        worker dying(*this, server, ordered);
        auto const batch = dying.next();
        BOOST_REQUIRE(batch);
    }
    publish(4);
    worker reader(*this, server, ordered);
    BOOST_TEST(reader.read(10) == counted(1, 10), boost::test_tools::per_element());
    reader.stop();
}

BOOST_AUTO_TEST_CASE(partition_of_a_worker_that_vanished_is_taken_over_regardless_of_the_clock) {
    make_stream();
    auto split = reading();
    split.partitions = 2;
    split.subject = "events.{partition}.>";
    worker staying(*this, server, split);
    {
        worker vanishing(*this, server, split);
        run_until(
            [&] { return staying.source->partitions().size() == 1 && vanishing.source->partitions().size() == 1; });
        staying.clock.error = -1h;
    }
    run_until([&] { return staying.source->partitions().size() == 2; });
}

BOOST_AUTO_TEST_CASE(leases_are_keys_that_clients_of_the_key_value_store_list) {
    make_stream();
    auto options = reading();
    options.partitions = 2;
    options.subject = "events.{partition}.>";
    worker reader(*this, server, options);
    run_until([&] { return reader.source->partitions().size() == 2; });

    natsConnection* connection = nullptr;
    jsCtx* stream = nullptr;
    kvStore* bucket = nullptr;
    kvKeysList keys{};
    BOOST_REQUIRE(natsConnection_ConnectTo(&connection, server.url().c_str()) == NATS_OK);
    BOOST_REQUIRE(natsConnection_JetStream(&stream, connection, nullptr) == NATS_OK);
    BOOST_REQUIRE(js_KeyValue(&bucket, stream, "rulehost_leases") == NATS_OK);
    BOOST_REQUIRE(kvStore_Keys(&keys, bucket, nullptr) == NATS_OK);
    std::set<std::string> const names(keys.Keys, keys.Keys + keys.Count);
    kvKeysList_Destroy(&keys);
    kvStore_Destroy(bucket);
    jsCtx_Destroy(stream);
    natsConnection_Destroy(connection);
    BOOST_TEST(names.size() == 3u);
    BOOST_TEST(names.contains("EVENTS.partition.0"));
    BOOST_TEST(names.contains("EVENTS.partition.1"));
    BOOST_TEST(names.rbegin()->starts_with("EVENTS.worker."));
}

BOOST_AUTO_TEST_CASE(worker_waits_until_those_of_the_former_layout_hold_no_lease) {
    make_stream();
    jetstream_stream former;
    former.name = "rulehost_LEASES";
    former.subjects = {"rulehost.lease.EVENTS.rulehost.>"};
    run(ensure_stream(producer, former));
    publish("rulehost.lease.EVENTS.rulehost.partition.0", "old");
    auto options = reading();
    options.partitions = 1;
    worker reader(*this, server, options);
    run_until([&] { return !reader.log.empty(); });
    BOOST_TEST(reader.log.front().find("workers of an earlier version hold leases") != std::string::npos);
    BOOST_TEST(reader.source->partitions().empty());
    json::object const all;
    run(ask_jetstream(producer, "STREAM.PURGE.rulehost_LEASES", all));
    run_until([&] { return reader.source->partitions().size() == 1; });
}

BOOST_AUTO_TEST_CASE(partition_keeps_its_order_over_a_restart_of_the_server) {
    make_stream();
    auto ordered = reading();
    ordered.partitions = 1;
    ordered.ack_wait = 1s;
    ordered.fetch = 5;
    publish(30);
    worker reader(*this, server, ordered);
    auto got = reader.read(7);
    server.kill();
    run_until([&] { return producer.link() == 0; });
    server.start();
    run(producer.connected());
    publish(5);
    // After an expired lease it starts again with the first unacknowledged message.
    while (got.back() != 35) {
        auto const more = reader.read(1);
        BOOST_TEST(std::ranges::is_sorted(more));
        BOOST_TEST(more.front() <= got.back() + 1);
        got.insert(got.end(), more.begin(), more.end());
    }
    reader.stop();
    BOOST_TEST(std::set(got.begin(), got.end()).size() == 35u);
}

BOOST_AUTO_TEST_SUITE_END()
