// A worker whose database stops answering without closing the connection: it reports that, and continues once the
// database answers again.
#include "support/real_loop.hpp"
#include "support/tcp_proxy.hpp"
#include "support/test_database.hpp"

#include "sql/session/call_watch.hpp"

#include <rulehost/database_rule_store.hpp>
#include <rulehost/task_group.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/thread_pool.hpp>
#include <boost/test/data/test_case.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace rulehost;
using namespace rulehost::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(silent_database)

BOOST_DATA_TEST_CASE(a_worker_of_a_silent_database_is_stale_before_its_call_has_failed,
                     data::make({database_kind::postgresql, database_kind::mysql}), which) {
    test_database database(which);
    tcp_proxy proxy(tcp_proxy::port_of(server_url(which)));
    asio::thread_pool pool{1};
    real_loop with;
    system_time_source time;
    std::vector<std::string> log;
    database_store_options options;
    options.url = proxy.in_place_of(database.url());
    options.poll = 100ms;
    options.calls = std::make_shared<call_watch>(8s); // later than the worker is stale
    options.log = [&](std::string const& line) { log.push_back(line); };
    database_rule_store store(with.loop.get_executor(), pool.get_executor(), time, std::move(options));
    task_group running(with.loop.get_executor());
    with.run(store.load_compiled());
    running.spawn("store", store.run());
    auto const heartbeat = [&]() -> asio::awaitable<void> { // the conditions below are tested after each
        for (;;)
            co_await time.pause(20ms);
    };
    running.spawn("heartbeat", heartbeat());
    with.run_until([&, until = time.elapsed() + 300ms] { return time.elapsed() >= until; });
    BOOST_TEST(!store.stale_for());

    proxy.stop_forwarding();
    with.run_until([&] { return store.stale_for().has_value(); });
    BOOST_TEST(log.empty());
    BOOST_TEST((*store.stale_for() < 8s));
    BOOST_TEST((time.now() - *store.stale_since() < 10s));
    with.run_until([&] { return !log.empty(); });
    BOOST_TEST(log.front().find("no answer within 8 s") != std::string::npos, log.front());
    BOOST_TEST((*store.stale_for() >= 8s));

    auto client = database.client();
    client.execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('R1', 'disabled')");
    auto changes = store.subscribe_changes();
    proxy.resume();
    with.run_until([&] { return !store.stale_for(); });
    auto const change = with.run(changes.next());
    BOOST_TEST(std::get<rule_change>(change).rule_id == "R1");

    running.cancel();
    with.run(running.join());
}

BOOST_AUTO_TEST_SUITE_END()
