// Every allocation of a transaction, and of a connection to NATS, fails once.
#include "support/allocation_fault.hpp"

#include "delivery/tag_messages.hpp"
#include "nats/nats_connection.hpp"
#include "sql/tag_table.hpp"
#include "support/nats_server.hpp"
#include "support/real_loop.hpp"
#include "support/tags.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>

#include <new>
#include <string>
#include <utility>
#include <vector>

using namespace rulehost;
using test::allocation_fault;
using test::at_every_allocation;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(starved_servers)

BOOST_DATA_TEST_CASE(tags_without_memory_are_stored_by_the_next_attempt, data::make(test::every_kind), kind) {
    test::test_database const database(kind);
    tag_table table(parse_database_url(database.url()));
    table.probe(); // connects and creates the schema
    auto client = database.client();
    auto const allocations = at_every_allocation([&](long n, bool& happened) {
        std::vector<tag> tags;
        for (int i = 0; i < 3; ++i)
            tags.push_back(test::make_tag("a tag of attempt " + std::to_string(n) + ", number " + std::to_string(i)));
        std::vector<tag const*> const pointers{&tags[0], &tags[1], &tags[2]};
        std::vector<input_position> const positions{{"in", "at " + std::to_string(n)}};
        auto const stored = [&] { return client.query("SELECT uuid FROM ttp_tag", 1).size(); };
        bool failed = false;
        {
            allocation_fault const fault(n);
            try {
                table.store(pointers, positions, messages_about);
            } catch (std::exception const&) {
                failed = true;
            }
            happened = fault.happened();
        }
        auto const there = stored();
        BOOST_TEST((there == 0u || there == 3u));
        BOOST_TEST((there == 3u || failed));
        auto const fresh = table.store(pointers, positions, messages_about);
        BOOST_TEST(fresh.size() + there == 3u);
        BOOST_TEST(stored() == 3u);
        std::vector<std::string> const inputs{"in"};
        auto const known = table.positions(inputs);
        BOOST_REQUIRE(known.size() == 1u);
        BOOST_TEST(known[0].place == "at " + std::to_string(n));
        client.execute("DELETE FROM ttp_tag");
    });
    BOOST_TEST(allocations > 100);
    BOOST_TEST_MESSAGE(allocations << " allocations");
}

BOOST_AUTO_TEST_CASE(a_nats_connection_without_memory_is_made_again) {
    test::nats_server const server;
    nats_options options;
    options.servers = {server.url()};
    options.log = [](std::string const&) {};
    auto const speak = [&] {
        test::real_loop real;
        nats_connection connection(real.loop.get_executor(), options);
        for (;;) {
            try {
                real.run(connection.connected());
                nats_message to_ourselves;
                real.run(connection.request(std::move(to_ourselves), 200ms));
                return;
            } catch (nats_error const&) { // the request was dropped
            } catch (std::bad_alloc const&) {}
        }
    };
    auto const allocations = at_every_allocation([&](long n, bool& happened) {
        allocation_fault const fault(n);
        try {
            speak();
        } catch (std::bad_alloc const&) {
            // There is no connection yet, and its owner is notified.
        }
        happened = fault.happened();
    });
    BOOST_TEST(allocations > 20);
    BOOST_TEST_MESSAGE(allocations << " allocations");
}

BOOST_AUTO_TEST_SUITE_END()
