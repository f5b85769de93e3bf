#pragma once

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace rulehost::test {

/// Reports that the running test case needs something that this machine lacks, such as the right to mount. A failure
/// under `scripts/test nightly`, which must run everything. The caller returns afterwards.
inline void cannot_run_here(std::string const& why) {
    BOOST_REQUIRE_MESSAGE(!std::getenv("RULEHOST_NIGHTLY"), "cannot run here: " << why);
    std::cout << "not run: " << boost::unit_test::framework::current_test_case().full_name() << ": " << why
              << std::endl;
    BOOST_TEST_MESSAGE("not run: " << why);
}

} // namespace rulehost::test
