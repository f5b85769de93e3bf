#include "store/filesystem/settling_hints.hpp"

#include <boost/test/unit_test.hpp>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

directory_hints written(std::string const& path) {
    directory_hints hints;
    hints.files.insert(path);
    return hints;
}

} // namespace

BOOST_AUTO_TEST_SUITE(settling_of_hints)

BOOST_AUTO_TEST_CASE(they_wait_until_the_directory_is_quiet) {
    settling_hints hints(200ms);
    BOOST_TEST(!hints.due());
    hints.add(written("a"), 1000ms);
    BOOST_TEST((hints.due() == 1200ms));
    hints.add(written("b"), 1100ms);
    BOOST_TEST((hints.due() == 1300ms));
    BOOST_TEST((hints.take().files == std::set<std::string>{"a", "b"}));
    BOOST_TEST(!hints.due());
}

BOOST_AUTO_TEST_CASE(a_writer_without_a_pause_delays_them_once_more_and_no_longer) {
    settling_hints hints(200ms);
    for (auto now = 1000ms; now < 2000ms; now += 50ms)
        hints.add(written("a"), now);
    BOOST_TEST((hints.due() == 1400ms));
    hints.take();
    hints.add(written("a"), 2000ms);
    BOOST_TEST((hints.due() == 2200ms));
}

BOOST_AUTO_TEST_SUITE_END()
