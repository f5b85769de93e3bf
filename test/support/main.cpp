#define BOOST_TEST_MODULE rulehost
#include <boost/test/unit_test.hpp>
