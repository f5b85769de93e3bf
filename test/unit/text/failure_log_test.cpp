#include "text/failure_log.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(logs_of_failures)

BOOST_AUTO_TEST_CASE(only_changes_between_failure_and_success_are_logged) {
    failure_log writes({.before = "not written: ", .after = "; dropped", .works = "written again"});
    struct {
        std::string problem;
        std::string line; ///< empty: none
    } const steps[] = {
        {"", ""},
        {"disk full", "not written: disk full; dropped"},
        {"disk full", ""},
        {"no such file", ""}, // another reason, the same outage
        {"", "written again"},
        {"", ""},
        {"no such file", "not written: no such file; dropped"},
        {"", "written again"},
    };
    for (auto const& [problem, line] : steps) {
        std::string logged;
        writes.note(problem, [&](std::string const& each) { logged += each; });
        BOOST_TEST(logged == line);
        BOOST_TEST(writes.fails() == !problem.empty());
    }
}

BOOST_AUTO_TEST_CASE(change_that_could_not_be_logged_is_logged_with_the_next_outcome) {
    failure_log writes({.before = "", .after = "", .works = "works"});
    auto const no_memory = [](std::string const&) { throw std::runtime_error("out of memory"); };
    BOOST_CHECK_THROW(writes.note("fails", no_memory), std::runtime_error);
    BOOST_TEST(!writes.fails());
    std::vector<std::string> logged;
    writes.note("fails", [&](std::string const& line) { logged.push_back(line); });
    BOOST_TEST(logged == std::vector<std::string>{"fails"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(outcomes_are_recorded_without_a_log) {
    failure_log writes({.before = "", .after = "", .works = ""});
    writes.note("fails", nullptr);
    BOOST_TEST(writes.fails());
    writes.note("", nullptr);
    BOOST_TEST(!writes.fails());
}

BOOST_AUTO_TEST_SUITE_END()
