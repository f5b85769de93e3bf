#include "nats_fixture.hpp"

using namespace test;

BOOST_AUTO_TEST_SUITE(nats_accounts)

BOOST_AUTO_TEST_CASE(name_and_password_of_the_url_are_used_and_never_shown) {
    test::real_loop with;
    test::nats_server server({"--user", "ann", "--pass", "p@ss:w/rd"});
    lines log;
    nats_options to;
    to.servers = {server.url("ann:wrong")};
    to.log = [&](std::string const& line) { log.push_back(line); };
    {
        nats_connection refused(with.loop.get_executor(), to);
        with.run_until([&] { return !log.empty(); });
        BOOST_TEST(log.front().find("wrong") == std::string::npos);
    }
    to.servers = {server.url("ann:p%40ss%3Aw%2Frd")};
    nats_connection connection(with.loop.get_executor(), to);
    with.run(connection.connected());
    with.run(connection.flush());
    BOOST_TEST(log.back().find("ann") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(token_is_used) {
    test::real_loop with;
    test::nats_server server({"--auth", "s3cret"});
    nats_options to;
    to.servers = {server.url()};
    to.token = "s3cret";
    nats_connection connection(with.loop.get_executor(), to);
    with.run(connection.connected());
    with.run(connection.flush());
}

BOOST_AUTO_TEST_CASE(next_server_is_tried_when_one_is_away) {
    test::real_loop with;
    test::nats_server away;
    test::nats_server there;
    away.kill();
    nats_options to;
    to.servers = {away.url(), there.url()};
    nats_connection connection(with.loop.get_executor(), to);
    with.run(connection.connected());
}

BOOST_AUTO_TEST_SUITE_END()
