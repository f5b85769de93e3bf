#include <boost/test/unit_test.hpp>

// Spelled out: the precompiled header includes Boost.Test before a BOOST_TEST_MODULE could define main.
int main(int argc, char* argv[]) {
    return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
