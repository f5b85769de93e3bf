#include "text/member_path.hpp"

#include <boost/test/unit_test.hpp>

using namespace rulehost;

namespace {

using keys = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(paths_of_members)

BOOST_AUTO_TEST_CASE(keys_are_joined_by_dots) {
    BOOST_TEST(split_path("a").value() == keys{"a"}, boost::test_tools::per_element());
    BOOST_TEST(split_path("a.b-c.d").value() == (keys{"a", "b-c", "d"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(key_in_quotes_may_hold_dots) {
    BOOST_TEST(split_path(R"("id.orig_h")").value() == keys{"id.orig_h"}, boost::test_tools::per_element());
    BOOST_TEST(split_path(R"(a."b.c".d)").value() == (keys{"a", "b.c", "d"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(path_with_an_empty_key_or_an_open_quote_is_none) {
    for (auto const* const bad : {"", ".", "a.", ".a", "a..b", R"("")", R"("a)", R"("a"b)", R"("a".)"})
        BOOST_TEST(!split_path(bad), bad);
}

BOOST_AUTO_TEST_CASE(joined_path_is_split_into_the_same_keys) {
    for (auto const& each : {keys{"a"}, keys{"a", "b"}, keys{"id.orig_h"}, keys{"a", "b.c", "d"}})
        BOOST_TEST(split_path(join_path(each)).value() == each, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
