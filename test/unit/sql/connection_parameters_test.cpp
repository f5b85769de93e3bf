#include "sql/session/connection_parameters.hpp"

#include <boost/test/unit_test.hpp>

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <string>

namespace rulehost {

namespace {

using parameters = std::map<std::string, std::string>;

/// The parameters that libpq reads in the connection string of `url`.
parameters read_by_libpq(std::string const& url) {
    auto const made = connection_parameters(parse_database_url(url), {});
    char* problem = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> const options(
        PQconninfoParse(made.get_connect_string().c_str(), &problem), PQconninfoFree);
    std::unique_ptr<char, decltype(&PQfreemem)> const why(problem, PQfreemem);
    BOOST_REQUIRE_MESSAGE(options, (why ? why.get() : "no memory"));
    parameters found;
    for (auto const* each = options.get(); each->keyword; ++each)
        if (each->val)
            found[each->keyword] = each->val;
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(connection_parameters_of_urls)

BOOST_AUTO_TEST_CASE(libpq_reads_the_directory_of_a_socket_as_the_host) {
    auto found = read_by_libpq("postgresql://u:p@%2Fvar%2Frun/db");
    BOOST_TEST(found["host"] == "/var/run");
    BOOST_TEST(found["port"] == "5432");
    BOOST_TEST(found["dbname"] == "db");
    BOOST_TEST(read_by_libpq("postgresql://u@%2Frun%2Fa%3Ab%20c/db")["host"] == "/run/a:b c");
}

BOOST_AUTO_TEST_CASE(libpq_reads_names_and_addresses_as_they_are) {
    for (std::string const host : {"db.example", "192.0.2.1"})
        BOOST_TEST(read_by_libpq("postgresql://u@" + host + ":6000/db")["host"] == host);
    auto found = read_by_libpq("postgresql://u@[2001:db8::1]:6000/db");
    BOOST_TEST(found["host"] == "2001:db8::1");
    BOOST_TEST(found["port"] == "6000");
}

BOOST_AUTO_TEST_CASE(no_part_of_a_url_adds_a_parameter_of_libpq) {
    auto const plain = read_by_libpq("postgresql://u:p@h/d?sslmode=prefer");
    std::string const rest = "/x?host=evil&sslmode=disable&passfile=/x#@evil/y' options='-c z";
    std::string const encoded =
        "%2Fx%3Fhost%3Devil%26sslmode%3Ddisable%26passfile%3D%2Fx%23%40evil%2Fy%27%20options%3D%27-c%20z";
    auto const found = read_by_libpq("postgresql://u" + encoded + ":p" + encoded + "@h" + encoded + "/d" + encoded +
                                     "?sslmode=prefer");
    auto expected = plain;
    expected["user"] = "u" + rest;
    expected["password"] = "p" + rest;
    expected["host"] = "h" + rest;
    expected["dbname"] = "d" + rest;
    BOOST_TEST((found == expected));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
