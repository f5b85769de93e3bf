#include "nats/pull_loop.hpp"

#include <chrono>

using namespace rulehost;
using namespace std::chrono_literals;
using pull_action = pull_loop::action;

namespace {

struct pull_loop_fixture {
    pull_loop::step next() { return loop.next(view, now); }
    pull_action next_action() { return next().what; }

    pull_loop loop{{10, 25, [] { return 1.0; }}}; // whole pauses
    pull_loop::view view;
    steady_point now{1h};
};

struct prepared : pull_loop_fixture {
    prepared() {
        view.link = 1;
        loop.prepared(1);
        loop.set_ack_wait(30s);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pull_loops, pull_loop_fixture)

BOOST_AUTO_TEST_CASE(without_a_link_it_waits_and_when_asked_to_stop_it_stops) {
    BOOST_TEST((next() == pull_loop::step{}));
    view.reading = false;
    view.held = 1;
    BOOST_TEST((next_action() == pull_action::stop));
    view.held = 0;
    BOOST_TEST((next_action() == pull_action::finish));
}

BOOST_AUTO_TEST_CASE(consumer_is_prepared_on_every_link_before_the_first_pull) {
    view.link = 1;
    BOOST_TEST((next_action() == pull_action::prepare));
    loop.prepared(1);
    BOOST_TEST((next_action() == pull_action::pull));
    view.link = 2;
    loop.link_changed();
    BOOST_TEST((next_action() == pull_action::prepare));
}

BOOST_AUTO_TEST_CASE(failure_is_tried_again_in_growing_pauses_and_at_once_on_a_new_link) {
    view.link = 1;
    for (auto const pause : {250ms, 500ms, 1000ms, 2000ms, 4000ms, 5000ms, 5000ms}) {
        BOOST_TEST((next_action() == pull_action::prepare));
        loop.failed(now);
        auto const waiting = next();
        BOOST_TEST((waiting.what == pull_action::wait));
        BOOST_TEST((waiting.until.value() == now + pause));
        now += pause;
    }
    loop.failed(now);
    loop.link_changed();
    BOOST_TEST((next_action() == pull_action::prepare));
    loop.prepared(1);
    loop.failed(now);
    BOOST_TEST((next().until.value() == now + 250ms));
}

BOOST_FIXTURE_TEST_CASE(pull_asks_for_what_may_be_held_and_only_one_is_open, prepared) {
    BOOST_TEST(next().batch == 10u);
    view.held = 20;
    view.buffered = 0;
    loop.must_keep(view.held, now);
    BOOST_TEST(next().batch == 5u);
    loop.pulled(5, now);
    BOOST_TEST((next_action() == pull_action::wait));
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(!loop.came());
    BOOST_TEST(loop.came());
    loop.end_pull();
    view.held = 25;
    BOOST_TEST((next_action() == pull_action::wait));
}

BOOST_FIXTURE_TEST_CASE(full_buffer_is_not_added_to, prepared) {
    view.buffered = 10;
    BOOST_TEST((next_action() == pull_action::wait));
    view.buffered = 1;
    view.buffered_bytes = pull_loop::max_buffered_bytes;
    BOOST_TEST((next_action() == pull_action::wait));
    view.buffered_bytes = 1;
    BOOST_TEST((next_action() == pull_action::pull));
}

BOOST_FIXTURE_TEST_CASE(pull_whose_end_was_lost_gives_way_to_the_next, prepared) {
    loop.pulled(10, now);
    BOOST_TEST((next().until.value() == now + 6s));
    now += 6s;
    BOOST_TEST((next_action() == pull_action::pull));
    BOOST_TEST(loop.next_number() == 2u);
}

BOOST_FIXTURE_TEST_CASE(acknowledgements_go_first_and_held_messages_are_kept_three_times_in_ack_wait, prepared) {
    view.held = 25;
    view.done = 3;
    BOOST_TEST((next_action() == pull_action::acknowledge));
    view.done = 0;
    BOOST_TEST((next_action() == pull_action::keep));
    auto const waiting = next();
    BOOST_TEST((waiting.what == pull_action::wait));
    BOOST_TEST((waiting.until.value() == now + 10s));
    now += 10s;
    BOOST_TEST((next_action() == pull_action::keep));
}

BOOST_FIXTURE_TEST_CASE(stop_waits_for_the_open_pull_and_for_what_is_held, prepared) {
    loop.pulled(10, now);
    view.reading = false;
    view.held = 1;
    loop.must_keep(view.held, now);
    BOOST_TEST((next().until.value() == now + 6s));
    view.held = 0;
    BOOST_TEST((next_action() == pull_action::wait));
    loop.end_pull();
    BOOST_TEST((next_action() == pull_action::finish));
    loop.pulled(10, now);
    now += 6s; // its end was lost
    BOOST_TEST((next_action() == pull_action::finish));
}

BOOST_AUTO_TEST_SUITE_END()
