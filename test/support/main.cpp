#include <boost/test/unit_test.hpp>

// Written out, because the precompiled header has included Boost.Test before a BOOST_TEST_MODULE could ask for it.
int main(int argc, char* argv[]) {
    return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
