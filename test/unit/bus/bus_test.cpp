#include <rulehost/bus.hpp>

#include "support/virtual_loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

using namespace rulehost;
namespace asio = boost::asio;

namespace {

struct fixture : test::virtual_loop {
    std::string next(bus_subscription& from) {
        auto const message = run(from.next());
        return message ? message->topic + " " + message->payload : "end";
    }

    /// Starts to read; messages arrive in `got`.
    void begin_next(bus_subscription& from) {
        asio::co_spawn(
            loop, from.next(),
            asio::bind_cancellation_slot(stop.slot(), [this](std::exception_ptr problem, bus_message_ptr message) {
                failure = problem;
                if (message)
                    got.push_back(message->topic);
            }));
        time.settle();
    }

    std::optional<bus> messages{std::in_place};
    asio::cancellation_signal stop;
    std::vector<std::string> got;
    std::exception_ptr failure;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(messages_of_a_process, fixture)

BOOST_AUTO_TEST_CASE(listener_receives_its_topics_in_order) {
    auto rules = messages->subscribe("ttp.rule.>");
    auto all = messages->subscribe(">");
    messages->publish("ttp.tagged", "1");
    messages->publish("ttp.rule.state.R1", "2");
    messages->publish("ttp.rule.reloaded.R1", "3");
    BOOST_TEST(next(rules) == "ttp.rule.state.R1 2");
    BOOST_TEST(next(rules) == "ttp.rule.reloaded.R1 3");
    BOOST_TEST(next(all) == "ttp.tagged 1");
}

BOOST_AUTO_TEST_CASE(waiting_listener_wakes_for_a_message) {
    auto listener = messages->subscribe("a");
    begin_next(listener);
    BOOST_TEST(got.empty());
    messages->publish("a", "");
    time.settle();
    BOOST_TEST(got == std::vector<std::string>{"a"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(slow_listener_misses_the_oldest_and_learns_how_many) {
    auto slow = messages->subscribe("a", 2);
    auto patient = messages->subscribe("a", 10);
    for (auto const* const each : {"1", "2", "3", "4"})
        messages->publish("a", each);
    BOOST_TEST(slow.missed() == 2u);
    BOOST_TEST(patient.missed() == 0u);
    BOOST_TEST(next(slow) == "a 3");
    messages->publish("a", "5");
    BOOST_TEST(next(slow) == "a 4");
    BOOST_TEST(next(slow) == "a 5");
}

BOOST_AUTO_TEST_CASE(listener_that_was_cancelled_may_listen_again) {
    auto listener = messages->subscribe("a");
    begin_next(listener);
    stop.emit(asio::cancellation_type::terminal);
    time.settle();
    BOOST_TEST((failure != nullptr));
    messages->publish("a", "1");
    BOOST_TEST(next(listener) == "a 1");
}

BOOST_AUTO_TEST_CASE(listener_receives_the_end_after_all_messages) {
    auto listener = messages->subscribe("a");
    messages->publish("a", "1");
    messages.reset();
    BOOST_TEST(next(listener) == "a 1");
    BOOST_TEST(next(listener) == "end");
    BOOST_TEST(next(listener) == "end");
}

BOOST_AUTO_TEST_CASE(listener_that_left_is_forgotten) {
    auto const stayed = messages->subscribe("a", 1);
    { auto const left = messages->subscribe("a", 1); }
    messages->publish("a", "1");
    BOOST_TEST(stayed.missed() == 0u);
}

BOOST_AUTO_TEST_CASE(pattern_that_can_never_match_is_refused) {
    for (auto const* const bad : {"", ".", "a.", ".a", "a..b", "a.>.b", ">.a"})
        BOOST_CHECK_THROW(messages->subscribe(bad), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
