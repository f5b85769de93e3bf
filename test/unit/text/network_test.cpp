#include "text/network.hpp"

#include <boost/test/unit_test.hpp>

namespace rulehost {

namespace {

bool contains(std::string_view net, std::string_view host) {
    auto const n = network::parse(net);
    auto const a = address::parse(host);
    BOOST_REQUIRE(n.has_value());
    return a && n->contains(*a);
}

} // namespace

BOOST_AUTO_TEST_SUITE(networks)

BOOST_AUTO_TEST_CASE(prefix_decides_to_the_bit) {
    BOOST_TEST(contains("10.0.0.0/9", "10.127.255.255"));
    BOOST_TEST(!contains("10.0.0.0/9", "10.128.0.0"));
    BOOST_TEST(contains("0.0.0.0/0", "255.255.255.255"));
    BOOST_TEST(contains("1.2.3.4", "1.2.3.4"));
    BOOST_TEST(!contains("1.2.3.4/32", "1.2.3.5"));
    BOOST_TEST(contains("2001:db8::/33", "2001:db8:7fff::1"));
    BOOST_TEST(!contains("2001:db8::/33", "2001:db8:8000::1"));
}

BOOST_AUTO_TEST_CASE(families_do_not_mix_except_for_wrapped_addresses) {
    BOOST_TEST(!contains("::/0", "1.2.3.4"));
    BOOST_TEST(!contains("0.0.0.0/0", "::1"));
    BOOST_TEST(contains("10.0.0.0/8", "::ffff:10.1.1.1"));
    BOOST_TEST(contains("::ffff:10.0.0.0/104", "10.1.1.1"));
}

BOOST_AUTO_TEST_CASE(zone_of_an_address_is_ignored) {
    BOOST_TEST(contains("fe80::/10", "fe80::1%eth0"));
}

BOOST_AUTO_TEST_CASE(hostile_texts_are_no_addresses) {
    using namespace std::string_view_literals;
    for (auto const text :
         {""sv, "1.2.3"sv, "1.2.3.4.5"sv, "1.2.3.4\0"sv, "1.2.3.256"sv, ":::"sv, "0x7f.1"sv, "g::1"sv})
        BOOST_TEST(!address::parse(text).has_value(), text);
    BOOST_TEST(!address::parse(std::string(100'000, '1')).has_value());
    for (auto const text : {"10.0.0.0/33"sv, "10.0.0.0/"sv, "10.0.0.0/-1"sv, "::/129"sv, "10.0.0.0/8x"sv, "/8"sv})
        BOOST_TEST(!network::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
