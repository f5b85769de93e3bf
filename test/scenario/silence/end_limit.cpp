// The last resort of a process that cannot end by itself.
#include "cli/end_limit.hpp"
#include "cli/commands.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>

using namespace rulehost::cli;
using namespace std::chrono_literals;

namespace {

int status_of(std::function<void()> const& act) {
    auto const process = ::fork();
    BOOST_REQUIRE(process >= 0);
    if (process == 0) {
        act();
        std::_Exit(0);
    }
    int status = 0;
    BOOST_REQUIRE_EQUAL(::waitpid(process, &status, 0), process);
    BOOST_REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

} // namespace

BOOST_AUTO_TEST_SUITE(end_limits)

BOOST_AUTO_TEST_CASE(a_process_that_hangs_is_ended_as_a_fault_of_its_environment) {
    auto const hang = [] {
        end_limit must_end;
        must_end.start(50ms);
        for (;;)
            ::pause();
    };
    BOOST_TEST(status_of(hang) == static_cast<int>(exit_code::environment));
}

BOOST_AUTO_TEST_CASE(a_process_that_ends_in_time_is_left_alone) {
    auto const end = [] {
        end_limit must_end;
        must_end.start(1h);
        must_end.start(0ms); // the first one counts
    };
    BOOST_TEST(status_of(end) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
