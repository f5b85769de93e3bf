#include "time/steady_time.hpp"

#include "support/skewed_time.hpp"

#include <rulehost/virtual_time.hpp>

#include <concepts>
#include <type_traits>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

template <class A, class B>
concept comparable = requires(A a, B b) {
    a < b;
};
template <class A, class B>
concept subtractable = requires(A a, B b) {
    a - b;
};

} // namespace

BOOST_AUTO_TEST_SUITE(steady_times)

BOOST_AUTO_TEST_CASE(instants_of_the_two_clocks_do_not_mix) {
    static_assert(comparable<steady_point, steady_point> && subtractable<steady_point, steady_point>);
    static_assert(!comparable<steady_point, time_point>);
    static_assert(!subtractable<steady_point, time_point>);
    static_assert(!std::is_constructible_v<steady_point, time_point>);
    static_assert(!std::is_constructible_v<time_point, steady_point>);
    static_assert(!std::is_assignable_v<steady_point&, time_point>);
}

BOOST_AUTO_TEST_CASE(lengths_are_right_regardless_of_the_clock) {
    boost::asio::io_context loop;
    virtual_time right(loop);
    test::skewed_time clock(right);
    steady_time const time(clock);
    auto const before = time.now();
    right.advance(2s);
    clock.error = -1h;
    BOOST_TEST((time.now() - before == 2s));
}

BOOST_AUTO_TEST_SUITE_END()
