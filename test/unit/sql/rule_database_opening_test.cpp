#include "stored_rules.hpp"

namespace rulehost {

using namespace test;

BOOST_AUTO_TEST_SUITE(opening_of_a_database)

BOOST_DATA_TEST_CASE(many_first_starts_at_once_make_one_schema, data::make(every_kind), kind) {
    fixture with(kind);
    std::vector<std::thread> starts;
    std::atomic<int> failures = 0;
    for (int i = 0; i < 6; ++i)
        starts.emplace_back([&, i] {
            try {
                auto database = with.open();
                written(database, "R" + std::to_string(i), decided(rule_state::disabled("x")));
            } catch (std::exception const& error) {
                ++failures;
                std::cerr << error.what() << '\n';
            }
        });
    for (auto& each : starts)
        each.join();
    BOOST_TEST(failures == 0);
    auto database = with.open();
    BOOST_TEST(database.changes_after(0, 100).changes.size() == 6u);
}

BOOST_AUTO_TEST_CASE(timed_out_wait_for_another_migration_creates_no_schema) {
    fixture with(database_kind::mysql);
    auto other = with.database_.client();
    other.query(other.dialect().lock_schema, 1);
    auto late = with.database_.client();
    late.execute("SET SESSION innodb_lock_wait_timeout = 0");
    auto const in_vain = [](database_error const& error) { return error.what_kind() == database_error::kind::busy; };
    BOOST_CHECK_EXCEPTION(prepare_schema(late), database_error, in_vain);
    BOOST_TEST(late.query("SHOW TABLES", 1).empty());
    other.query(other.dialect().unlock_schema, 1);
    prepare_schema(late);
    BOOST_TEST(rule_database(parse_database_url(with.database_.url())).position().revision == 0u);
}

BOOST_AUTO_TEST_CASE(a_new_file_is_opened_by_many_at_once) {
    std::atomic<int> failures = 0;
    for (int round = 0; round < 50; ++round) {
        test_database const file(database_kind::sqlite);
        std::barrier begin(8);
        std::vector<std::thread> starts;
        for (int i = 0; i < 8; ++i)
            starts.emplace_back([&] {
                begin.arrive_and_wait();
                try {
                    file.client();
                } catch (database_error const&) {
                    ++failures;
                }
            });
        for (auto& each : starts)
            each.join();
    }
    BOOST_TEST(failures == 0);
}

BOOST_DATA_TEST_CASE(passwords_of_any_characters_reach_the_server,
                     data::make({database_kind::postgresql, database_kind::mysql}), kind) {
    fixture with(kind);
    with.open().position(); // the tables belong to another user
    auto const user = "odd" + std::to_string(::getpid());
    auto const postgresql = kind == database_kind::postgresql;
    // p w'"\=:@
    std::string const literal = postgresql ? "'p w''\"\\=:@'" : "'p w''\"\\\\=:@'";
    with.database_.administer(postgresql ? "CREATE ROLE " + user + " LOGIN SUPERUSER PASSWORD " + literal
                                         : "CREATE USER " + user + "@'127.0.0.1' IDENTIFIED BY " + literal);
    if (!postgresql)
        with.database_.administer("GRANT ALL ON *.* TO " + user + "@'127.0.0.1'");
    auto url = parse_database_url(with.database_.url());
    url.user = user;
    url.password = "p w'\"\\=:@";
    BOOST_CHECK_NO_THROW(rule_database(url).position());
    if (!postgresql) { // it trusts every client here
        url.password = "wrong";
        BOOST_CHECK_THROW(rule_database(url).position(), database_error);
    }
    with.database_.administer("DROP " + std::string(postgresql ? "ROLE " + user : "USER " + user + "@'127.0.0.1'"));
}

// PostgreSQL reports a column in three lines, and an absent server in two.

BOOST_DATA_TEST_CASE(an_error_is_one_line, data::make(every_kind), kind) {
    fixture with(kind);
    auto client = with.database_.client();
    auto const one_line_with = [](std::string const& word) {
        return [word](database_error const& error) {
            std::string const text = error.what();
            BOOST_TEST_INFO(text);
            BOOST_TEST(text.find_first_of("\n\t^?") == text.npos);
            BOOST_TEST(text.find("Cannot establish") == text.npos);
            return text.find(word) != text.npos;
        };
    };
    BOOST_CHECK_EXCEPTION(client.query("SELECT 1 FROM nowhere", 1), database_error, one_line_with("nowhere"));
    auto away = parse_database_url(with.database_.url());
    auto& name = kind == database_kind::sqlite ? away.path : away.database;
    name = kind == database_kind::sqlite ? "/proc/nowhere" : "nowhere";
    BOOST_CHECK_EXCEPTION(session{away}, database_error,
                          one_line_with(kind == database_kind::sqlite ? "unable to open" : "nowhere"));
    away.port = 1;
    BOOST_CHECK_EXCEPTION(session{away}, database_error,
                          one_line_with(kind == database_kind::sqlite ? "unable to open" : "127.0.0.1"));
}

BOOST_DATA_TEST_CASE(a_newer_schema_is_refused, data::make(every_kind), kind) {
    fixture with(kind);
    auto running = with.open();
    running.position();
    with.database_.client().execute("UPDATE schema_version SET version = 99, min_reader = 98");
    auto const is_reported = [](database_error const& error) {
        return error.what_kind() == database_error::kind::unsupported &&
            std::string(error.what()).find("newer rulehost") != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(with.open().position(), database_error, is_reported);
    BOOST_CHECK_EXCEPTION(running.position(), database_error, is_reported);
}

BOOST_DATA_TEST_CASE(a_newer_schema_that_an_older_program_may_use_is_used, data::make(every_kind), kind) {
    fixture with(kind);
    with.open().position();
    with.database_.client().execute("UPDATE schema_version SET version = 99");
    auto database = with.open();
    written(database, "R1", decided(rule_state::disabled("noisy")));
    BOOST_TEST(with.open().states().size() == 1u);
    BOOST_TEST(with.database_.client().query("SELECT version FROM schema_version", 1).at(0)[0].value() == "99");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
