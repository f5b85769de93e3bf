#include "store/sync/list_order.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace rulehost;

namespace {

rule_list list(std::string name, std::vector<std::string> const& values) {
    rule_list made;
    made.name = std::move(name);
    made.values = boost::json::array(values.begin(), values.end());
    return made;
}

std::vector<std::string> order_of(std::vector<rule_list> const& given) {
    rule_lists lists;
    for (auto const& each : given)
        lists.emplace(each.name, each);
    std::vector<std::string> names;
    for (auto const* each : named_lists_first(lists))
        names.push_back(each->name);
    return names;
}

using names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(order_of_lists)

BOOST_AUTO_TEST_CASE(a_list_comes_behind_those_that_it_names) {
    auto const order = order_of({list("all", {"$shells", "perl", "$others"}), list("others", {"$python"}),
                                 list("python", {"python3"}), list("shells", {"sh", "$HOME", "$gone"})});
    BOOST_TEST(order == (names{"shells", "python", "others", "all"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lists_that_name_each_other_are_all_there_once) {
    auto const order = order_of({list("a", {"$b"}), list("b", {"$c"}), list("c", {"$a"}), list("d", {"$d"})});
    BOOST_TEST(order == (names{"c", "b", "a", "d"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_long_chain_of_lists_takes_no_stack) {
    constexpr std::size_t length = 100'000;
    std::vector<rule_list> chain;
    for (std::size_t i = 0; i < length; ++i)
        chain.push_back(list("l" + std::to_string(i), {"$l" + std::to_string(i + 1)}));
    auto const order = order_of(chain);
    BOOST_TEST_REQUIRE(order.size() == length);
    auto const place = [&](std::string const& name) { return std::ranges::find(order, name) - order.begin(); };
    BOOST_TEST(place("l99999") < place("l0"));
}

BOOST_AUTO_TEST_SUITE_END()
