#include "store/change_feed.hpp"

#include "support/virtual_loop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

using namespace rulehost;
namespace asio = boost::asio;

namespace {

struct change_feed_fixture : test::virtual_loop {
    void publish(revision first, revision last) {
        for (auto number = first; number <= last; ++number)
            feed->publish(rule_change(number, "R" + std::to_string(number), nullptr));
    }

    std::string next(change_subscription& from) { return text(run(from.next())); }

    static std::string text(change_or_end const& taken) {
        if (auto const* const change = std::get_if<rule_change>(&taken))
            return change->rule_id + "@" + std::to_string(change->revision);
        if (auto const* const lag = std::get_if<subscription_lagged>(&taken))
            return "lagged " + std::to_string(lag->reload_from);
        return "ended";
    }

    /// Starts to read; changes arrive in `got`.
    void begin_next(change_subscription& from) {
        asio::co_spawn(
            loop, from.next(),
            asio::bind_cancellation_slot(stop.slot(), [this](std::exception_ptr problem, change_or_end taken) {
                failure = problem;
                if (!problem)
                    got.push_back(text(taken));
            }));
        time.settle();
    }

    std::optional<change_feed> feed{std::in_place};
    asio::cancellation_signal stop;
    std::vector<std::string> got;
    std::exception_ptr failure;
};

using lines = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(feed_of_changes, change_feed_fixture)

BOOST_AUTO_TEST_CASE(buffered_changes_are_read_one_by_one_in_order) {
    auto reader = feed->subscribe(8);
    publish(1, 3);
    BOOST_TEST(next(reader) == "R1@1");
    BOOST_TEST(next(reader) == "R2@2");
    BOOST_TEST(next(reader) == "R3@3");
}

BOOST_AUTO_TEST_CASE(waiting_reader_wakes_for_a_change) {
    auto reader = feed->subscribe(8);
    begin_next(reader);
    BOOST_TEST(got.empty());
    publish(1, 2);
    time.settle();
    BOOST_TEST((got == lines{"R1@1"}));
    BOOST_TEST(next(reader) == "R2@2");
}

BOOST_AUTO_TEST_CASE(changes_before_the_subscription_are_not_seen) {
    publish(1, 2);
    auto reader = feed->subscribe(8);
    publish(3, 3);
    BOOST_TEST(next(reader) == "R3@3");
}

BOOST_AUTO_TEST_CASE(reader_past_its_capacity_lags_and_goes_on_after_the_newest_dropped_change) {
    auto slow = feed->subscribe(3);
    auto quick = feed->subscribe(100);
    publish(1, 10);
    BOOST_TEST(next(slow) == "lagged 10");
    publish(11, 11);
    BOOST_TEST(next(slow) == "R11@11");
    for (int number = 1; number <= 11; ++number)
        BOOST_TEST(next(quick) == "R" + std::to_string(number) + "@" + std::to_string(number));
}

BOOST_AUTO_TEST_CASE(capacity_is_exact) {
    auto reader = feed->subscribe(3);
    publish(1, 3);
    BOOST_TEST(next(reader) == "R1@1");
    publish(4, 4);
    BOOST_TEST(next(reader) == "R2@2");
    BOOST_TEST(next(reader) == "R3@3");
    BOOST_TEST(next(reader) == "R4@4");
}

BOOST_AUTO_TEST_CASE(capacity_zero_still_holds_one_change) {
    auto reader = feed->subscribe(0);
    publish(1, 1);
    BOOST_TEST(next(reader) == "R1@1");
}

BOOST_AUTO_TEST_CASE(cancelled_read_loses_nothing_and_may_be_repeated) {
    auto reader = feed->subscribe(8);
    begin_next(reader);
    stop.emit(asio::cancellation_type::terminal);
    time.settle();
    BOOST_REQUIRE(failure);
    BOOST_CHECK_THROW(std::rethrow_exception(failure), boost::system::system_error);
    publish(1, 1);
    BOOST_TEST(next(reader) == "R1@1");
}

BOOST_AUTO_TEST_CASE(change_published_into_a_cancelled_read_is_still_there) {
    auto reader = feed->subscribe(8);
    begin_next(reader);
    stop.emit(asio::cancellation_type::terminal);
    publish(1, 1);
    time.settle();
    BOOST_TEST(got.empty());
    BOOST_TEST(next(reader) == "R1@1");
}

BOOST_AUTO_TEST_CASE(end_of_the_feed_comes_after_what_was_buffered) {
    auto reader = feed->subscribe(8);
    publish(1, 1);
    feed.reset();
    BOOST_TEST(next(reader) == "R1@1");
    BOOST_TEST(next(reader) == "ended");
    BOOST_TEST(next(reader) == "ended");
}

BOOST_AUTO_TEST_CASE(end_of_the_feed_wakes_a_waiting_reader) {
    auto reader = feed->subscribe(8);
    begin_next(reader);
    feed.reset();
    time.settle();
    BOOST_TEST((got == lines{"ended"}));
}

BOOST_AUTO_TEST_CASE(destroyed_subscription_is_forgotten) {
    std::weak_ptr<rule_definition const> trace;
    {
        auto const definition = std::make_shared<rule_definition const>();
        trace = definition;
        auto reader = feed->subscribe(8);
        feed->publish(rule_change(1, "R1", definition));
        BOOST_TEST(!trace.expired());
    }
    BOOST_TEST(trace.expired());
    publish(2, 2);
}

BOOST_AUTO_TEST_CASE(lagging_reader_holds_no_memory) {
    auto reader = feed->subscribe(2);
    auto const definition = std::make_shared<rule_definition const>();
    for (revision number = 1; number != 1000; ++number)
        feed->publish(rule_change(number, "R1", definition));
    BOOST_TEST(definition.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(subscription_may_be_moved) {
    auto first = feed->subscribe(8);
    publish(1, 1);
    auto second = std::move(first);
    publish(2, 2);
    BOOST_TEST(next(second) == "R1@1");
    BOOST_TEST(next(second) == "R2@2");
}

BOOST_AUTO_TEST_SUITE_END()
