#include "sql/session/schema_script.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(schema_scripts)

BOOST_AUTO_TEST_CASE(an_empty_line_ends_a_statement_and_a_comment_is_no_part_of_it) {
    auto const versions = schema_script::parse("-- The tables.\n\n"
                                               "-- version 1\n-- first\n\n"
                                               "CREATE TABLE a (\n  b TEXT\n);\n\n"
                                               "-- Why.\nCREATE TRIGGER c\nBEGIN\n  d;\n  e;\nEND;\n\n"
                                               "-- version 2\n\n"
                                               "ALTER TABLE a ADD COLUMN f TEXT;\n");
    BOOST_REQUIRE_EQUAL(versions.size(), 2u);
    BOOST_TEST(
        versions[0] ==
            (std::vector<std::string>{"CREATE TABLE a (\n  b TEXT\n)", "CREATE TRIGGER c\nBEGIN\n  d;\n  e;\nEND"}),
        boost::test_tools::per_element());
    BOOST_TEST(versions[1] == std::vector<std::string>{"ALTER TABLE a ADD COLUMN f TEXT"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_statement_of_no_version_and_one_without_an_end_are_refused) {
    for (auto const* const script : {"CREATE TABLE a (b TEXT);\n", "-- version 1\n\nCREATE TABLE a (b TEXT)\n",
                                     "-- version 1\n\nCREATE TABLE a (\n\n  b TEXT);\n"})
        BOOST_CHECK_THROW(schema_script::parse(script), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(all_databases_have_the_same_versions) {
    auto const versions = schema_script::parse(schema_script::sqlite).size();
    BOOST_TEST(versions > 0u);
    BOOST_TEST(schema_script::parse(schema_script::postgresql).size() == versions);
    BOOST_TEST(schema_script::parse(schema_script::mariadb).size() == versions);
}

BOOST_AUTO_TEST_SUITE_END()
