#include "event/sortable_address.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace rulehost {

BOOST_AUTO_TEST_SUITE(sortable_addresses)

BOOST_AUTO_TEST_CASE(have_sixteen_bytes_in_both_versions) {
    BOOST_TEST(sortable_address("203.0.113.5") == "00000000000000000000ffffcb007105");
    BOOST_TEST(sortable_address("::ffff:203.0.113.5") == sortable_address("203.0.113.5"));
    BOOST_TEST(sortable_address("2001:db8::1") == "20010db8000000000000000000000001");
    for (auto const* const other : {"", "a1d493f45b7c8fd4", "203.0.113", "203.0.113.5 ", "host"})
        BOOST_TEST(sortable_address(other).empty(), other);
    BOOST_TEST(sortable_address(std::string(1 << 20, '1')).empty());
}

BOOST_AUTO_TEST_CASE(a_network_is_a_range_of_them) {
    auto const ten = address_range::parse("10.1.2.3/8").value();
    BOOST_TEST(ten.first == sortable_address("10.0.0.0"));
    BOOST_TEST(ten.last == sortable_address("10.255.255.255"));
    auto const all = address_range::parse("0.0.0.0/0").value();
    BOOST_TEST(all.first == sortable_address("0.0.0.0"));
    BOOST_TEST(all.last == sortable_address("255.255.255.255"));
    auto const odd = address_range::parse("2001:db8:8000::/33").value();
    BOOST_TEST(odd.first == sortable_address("2001:db8:8000::"));
    BOOST_TEST(odd.last == sortable_address("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"));
    auto const one = address_range::parse("203.0.113.5").value();
    BOOST_TEST(one.first == one.last);
    for (auto const* const other : {"", "10.0.0.0/33", "2001:db8::/129", "10.0.0.0/", "10.0.0.0/-1", "ten/8"})
        BOOST_TEST(!address_range::parse(other), other);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
