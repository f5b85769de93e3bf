#include "sql/session/database_url.hpp"

#include "sql/session/session.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace rulehost {

BOOST_AUTO_TEST_SUITE(database_urls)

BOOST_AUTO_TEST_CASE(sqlite_takes_everything_behind_the_colon_as_the_path) {
    BOOST_TEST(parse_database_url("sqlite:var/rulehost.db").path == "var/rulehost.db");
    BOOST_TEST(parse_database_url("sqlite:/a b/c?d#e.db").path == "/a b/c?d#e.db");
    BOOST_TEST(parse_database_url("sqlite::memory:").in_memory());
    BOOST_TEST(!parse_database_url("sqlite:memory").in_memory());
}

BOOST_AUTO_TEST_CASE(server_urls_are_taken_apart_and_decoded) {
    auto const url = parse_database_url("postgresql://o%40ps:p%3Aw%20%27@db.example:6000/rules?sslmode=verify-full");
    BOOST_TEST((url.kind == database_kind::postgresql));
    BOOST_TEST(url.user == "o@ps");
    BOOST_TEST(url.password == "p:w '");
    BOOST_TEST(url.host == "db.example");
    BOOST_TEST(url.port == 6000);
    BOOST_TEST(url.database == "rules");
    BOOST_TEST(url.tls == "verify-full");
}

BOOST_AUTO_TEST_CASE(ports_default_to_those_of_the_servers) {
    BOOST_TEST(parse_database_url("postgresql://u@h/d").port == 5432);
    BOOST_TEST(parse_database_url("mysql://u@[::1]/d").port == 3306);
    BOOST_TEST(parse_database_url("mariadb://u@[::1]/d").host == "::1");
}

BOOST_AUTO_TEST_CASE(mariadb_at_localhost_is_reached_by_its_socket_unless_a_port_is_given) {
    BOOST_TEST(parse_database_url("mariadb://u@localhost/d").port == 0);
    BOOST_TEST(parse_database_url("mariadb://u@localhost/d").display() == "mariadb://u@localhost/d");
    BOOST_TEST(parse_database_url("mariadb://u@localhost:3306/d").port == 3306);
    BOOST_TEST(parse_database_url("postgresql://u@localhost/d").port == 5432);
    auto const server = parse_database_url(test::server_url(database_kind::mysql));
    auto by_name = server;
    by_name.host = "localhost";
    session there(by_name);
    BOOST_TEST(there.query("SELECT @@port", 1).at(0)[0].value() == std::to_string(server.port));
}

BOOST_AUTO_TEST_CASE(a_store_is_made_only_in_an_existing_directory) {
    test::temporary_directory const place;
    database_url url;
    url.path = place / "vra/rulehost.db";
    BOOST_CHECK_EXCEPTION(session{url}, database_error, [&](database_error const& refusal) {
        return refusal.what() ==
            "there is no directory " + (place / "vra").string() + " for the new store; make it, or mend the path";
    });
    BOOST_TEST(!std::filesystem::exists(place / "vra"));
    url.path = place / "rulehost.db";
    BOOST_CHECK_NO_THROW(session{url});
}

BOOST_AUTO_TEST_CASE(a_password_is_never_shown) {
    BOOST_TEST(parse_database_url("mysql://u:secret@h:1/d").display() == "mariadb://u@h:1/d");
    try {
        parse_database_url("mysql://u:secret@h:99999/d");
        BOOST_ERROR("a port out of range was accepted");
    } catch (std::invalid_argument const& refusal) {
        BOOST_TEST(std::string(refusal.what()).find("secret") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_mariadb_is_refused_by_its_version) {
    BOOST_CHECK_NO_THROW(require_mariadb("10.11.6-MariaDB-0+deb12u1"));
    BOOST_CHECK_NO_THROW(require_mariadb("5.5.5-10.6.1-MariaDB"));
    for (auto const* const version : {"8.0.36", "8.4.0-log", "5.7.44-percona", ""}) {
        BOOST_CHECK_EXCEPTION(require_mariadb(version), database_error, [&](database_error const& refusal) {
            return std::string(refusal.what()).find(version + std::string(" of something else than MariaDB")) !=
                std::string::npos;
        });
    }
}

std::string const malformed[] = {
    "",
    "sqlite",
    "sqlite:",
    "sqlite:a\nb",
    "postgres://u@h/d",
    "oracle://u@h/d",
    "postgresql://",
    "postgresql://h/d",
    "postgresql://u@/d",
    "postgresql://u@h",
    "postgresql://u@h/",
    "postgresql://u@h/a/b",
    "postgresql://u@h:0/d",
    "postgresql://u@h:x/d",
    "postgresql://u@h:99999/d",
    "postgresql://u@h/d?host=evil",
    "postgresql://u@h/d?sslca=x",
    "mysql://u@h/d?sslmode=x",
    "mysql://u@h/d#f",
    "mysql://u@h/d%00e",
    "mysql://u:%0a@h/d",
    "mysql://u u@h/d",
};
BOOST_DATA_TEST_CASE(malformed_urls_are_refused_with_a_reason, boost::unit_test::data::make(malformed), text) {
    BOOST_CHECK_EXCEPTION(parse_database_url(text), std::invalid_argument, [](std::invalid_argument const& refusal) {
        return std::string(refusal.what()).starts_with("database URL: ");
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
