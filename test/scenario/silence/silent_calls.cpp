// Calls to a server that neither answers nor closes its connections: each ends. In real time, a second or two per case.
#include "support/tcp_proxy.hpp"
#include "support/test_database.hpp"

#include "sql/session/call_watch.hpp"
#include "sql/session/connection.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>

using namespace rulehost;
using namespace rulehost::test;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

using kind = database_error::kind;
using clock = std::chrono::steady_clock;

auto const servers = data::make({database_kind::postgresql, database_kind::mysql});

struct fixture {
    explicit fixture(database_kind kind) : database(kind), proxy(tcp_proxy::port_of(server_url(kind))) {}

    database_url url() const { return parse_database_url(proxy.in_place_of(database.url())); }
    std::string sleeping(std::string const& seconds) const {
        return "SELECT " + std::string(database.kind() == database_kind::postgresql ? "pg_sleep(" : "SLEEP(") +
            seconds + ")";
    }
    clock::duration passed() const { return clock::now() - began; }

    test_database database;
    tcp_proxy proxy;
    std::shared_ptr<call_watch> watch = std::make_shared<call_watch>(1s);
    clock::time_point began = clock::now();
};

template <class Action>
database_error error_of(Action act) {
    try {
        act();
    } catch (database_error const& error) {
        return error;
    }
    return {kind::other, "none"};
}

} // namespace

BOOST_AUTO_TEST_SUITE(silent_calls)

BOOST_DATA_TEST_CASE(a_statement_that_is_not_answered_ends_at_the_limit, servers, which) {
    fixture with(which);
    session sql(with.url(), {.watch = with.watch});
    BOOST_TEST(sql.query("SELECT 1", 1).size() == 1u);
    with.proxy.stop_forwarding();
    auto const error = error_of([&] { sql.query("SELECT 1", 1); });
    BOOST_TEST((error.what_kind() == kind::lost), error.what());
    BOOST_TEST(std::string(error.what()) == "no answer within 1 s");
    BOOST_TEST((with.passed() < 20s));
    auto const again = error_of([&] { sql.query("SELECT 1", 1); });
    BOOST_TEST((again.what_kind() == kind::lost), again.what());
}

BOOST_DATA_TEST_CASE(a_server_that_is_back_is_used_again, servers, which) {
    fixture with(which);
    connection link(with.url(), database_access::create, with.watch);
    auto const ask = [&] {
        return link.run([](session& sql) { return sql.query("SELECT version FROM schema_version", 1).size(); });
    };
    BOOST_TEST(ask() == 1u);
    with.proxy.stop_forwarding();
    auto const error = error_of(ask);
    BOOST_TEST((error.what_kind() == kind::lost), error.what());
    with.proxy.resume();
    BOOST_TEST(ask() == 1u);
}

BOOST_DATA_TEST_CASE(a_commit_that_is_not_answered_is_in_doubt, servers, which) {
    fixture with(which);
    connection link(with.url(), database_access::create, with.watch);
    link.run([](session&) { return 0; });
    auto const error = error_of([&] {
        link.transact([&](session& sql) {
            auto const stored = sql.execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('R1', 'disabled')");
            with.proxy.stop_forwarding();
            return stored;
        });
    });
    BOOST_TEST((error.what_kind() == kind::in_doubt), error.what());
}

BOOST_DATA_TEST_CASE(a_call_that_is_hurried_ends_early_and_nothing_is_tried_again, servers, which) {
    auto const patient = std::make_shared<call_watch>(1h); // the thread of the proxy is_shutting_down it
    fixture with(which);
    connection link(with.url(), database_access::create, patient);
    link.run([](session&) { return 0; });
    with.proxy.stop_forwarding([&] { patient->shut_down(100ms); });
    int attempts = 0;
    auto const error = error_of([&] {
        link.run([&](session& sql) {
            ++attempts;
            return sql.query("SELECT 1", 1).size();
        });
    });
    BOOST_TEST((error.what_kind() == kind::lost), error.what());
    BOOST_TEST(attempts == 1);
    BOOST_TEST((with.passed() < 20s));
    with.proxy.resume();
    auto const later = error_of([&] { link.run([](session&) { return 0; }); });
    BOOST_TEST(std::string(later.what()) == "the process ends");
}

BOOST_DATA_TEST_CASE(a_slow_migration_is_no_silent_server, servers, which) {
    fixture with(which);
    session sql(with.url(), {.watch = with.watch});
    {
        session::without_limit const patient(sql);
        BOOST_TEST(sql.query(with.sleeping("1.5"), 1).size() == 1u);
    }
    auto const error = error_of([&] { sql.query(with.sleeping("5"), 1); });
    BOOST_TEST((error.what_kind() == kind::lost), error.what());
}

BOOST_DATA_TEST_CASE(a_server_that_does_not_even_greet_is_abandoned, servers, which) {
    fixture with(which);
    auto const url = with.url();
    with.proxy.stop_forwarding();
    auto const error = error_of([&] { session(url, {.watch = with.watch}); });
    BOOST_TEST((error.what_kind() == kind::lost), error.what());
    BOOST_TEST((with.passed() < 20s)); // each address has 5 s
}

// The library does not wait in a socket there.
BOOST_AUTO_TEST_CASE(a_lock_of_sqlite_is_not_waited_for_once_that_is_hurried) {
    test_database database(database_kind::sqlite);
    auto locker = database.client();
    transaction const lock(locker, transaction::purpose::write);
    auto const watch = std::make_shared<call_watch>();
    session sql(parse_database_url(database.url()), {.watch = watch});
    auto const began = clock::now();
    watch->shut_down(100ms);
    auto const error = error_of([&] { transaction(sql, transaction::purpose::write); });
    BOOST_TEST((error.what_kind() == kind::busy), error.what());
    BOOST_TEST((clock::now() - began < 10s));
}

BOOST_AUTO_TEST_SUITE_END()
