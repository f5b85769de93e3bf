#include "directory/deletion_guard.hpp"

#include <chrono>

using namespace rulehost;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(deletion_guard)

BOOST_AUTO_TEST_CASE(deletions_count_together_for_ten_minutes) {
    recent_deletions deleted;
    deleted.note("R1", 0s);
    deleted.note("R2", 5min);
    BOOST_TEST(deleted.count(10min) == 2u);
    BOOST_TEST(deleted.count(10min + 1s) == 1u);
    deleted.remove("R2");
    BOOST_TEST(deleted.count(10min + 1s) == 0u);
}

BOOST_AUTO_TEST_CASE(no_rule_left_is_suspicious_and_so_is_more_than_a_third) {
    BOOST_TEST(is_suspicious({.before = 1, .deleted = 1, .after = 0}));
    BOOST_TEST(!is_suspicious({.before = 2, .deleted = 1, .after = 1}));
    BOOST_TEST(is_suspicious({.before = 30, .deleted = 11, .after = 19}));
    BOOST_TEST(!is_suspicious({.before = 40, .deleted = 11, .after = 29}));
}

BOOST_AUTO_TEST_CASE(finding_is_an_error_until_nothing_is_withheld) {
    BOOST_TEST((withheld_finding({"R1"}, 3).level == severity::error));
    BOOST_TEST((withheld_finding({}, 3).level == severity::warning));
}

BOOST_AUTO_TEST_SUITE_END()
