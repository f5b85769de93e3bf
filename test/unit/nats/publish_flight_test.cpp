#include "nats/publish_flight.hpp"

using namespace rulehost;
using flight_action = publish_flight::action;
using fault = publish_flight::fault;
using step = publish_flight::step;

BOOST_AUTO_TEST_SUITE(publish_flights)

BOOST_AUTO_TEST_CASE(messages_are_sent_as_far_as_they_may_be_in_flight) {
    publish_flight flight(5, 2);
    BOOST_TEST((flight.next() == step{flight_action::send, 0, 2}));
    BOOST_TEST((flight.next() == step{flight_action::wait}));
    flight.stored(1);
    BOOST_TEST((flight.next() == step{flight_action::send, 2, 3}));
    flight.stored(0);
    flight.stored(2);
    BOOST_TEST((flight.next() == step{flight_action::send, 3, 5}));
    BOOST_TEST((flight.next() == step{flight_action::wait}));
    flight.stored(3);
    flight.stored(4);
    BOOST_TEST((flight.next() == step{flight_action::end}));
    BOOST_TEST(flight.take_refused().empty());
}

BOOST_AUTO_TEST_CASE(nothing_to_send_ends_at_once) {
    publish_flight flight(0, 2);
    BOOST_TEST((flight.next() == step{flight_action::end}));
}

BOOST_AUTO_TEST_CASE(message_at_fault_is_refused_alone) {
    publish_flight flight(1, 2);
    flight.next();
    flight.refused(0, fault::of_the_message, "too large");
    BOOST_TEST((flight.next() == step{flight_action::end}));
    auto const refused = flight.take_refused();
    BOOST_REQUIRE_EQUAL(refused.size(), 1u);
    BOOST_TEST(refused[0].reason == "too large");
}

BOOST_AUTO_TEST_CASE(doubtful_refusals_count_only_beside_stored_messages) {
    publish_flight beside(3, 3);
    beside.next();
    beside.refused(2, fault::doubtful, "no stream takes it");
    beside.refused(0, fault::of_the_message, "too large");
    beside.stored(1);
    BOOST_TEST((beside.next() == step{flight_action::end}));
    auto const refused = beside.take_refused();
    BOOST_REQUIRE_EQUAL(refused.size(), 2u);
    BOOST_TEST(refused[0].index == 0u); // in order
    BOOST_TEST(refused[1].index == 2u);

    publish_flight alone(2, 2);
    alone.next();
    alone.refused(1, fault::doubtful, "no stream takes it");
    alone.refused(0, fault::of_the_message, "too large");
    BOOST_TEST((alone.next() == step{flight_action::fail}));
    BOOST_TEST(alone.why() == "no stream takes it");
    BOOST_TEST(alone.culprit().value() == 1u);
}

BOOST_AUTO_TEST_CASE(silence_fails_it_unless_others_were_answered) {
    publish_flight nothing(2, 2);
    nothing.next();
    nothing.silent();
    BOOST_TEST((nothing.next() == step{flight_action::fail}));
    BOOST_TEST(nothing.why() == "no acknowledgement in time");
    BOOST_TEST(!nothing.culprit());

    publish_flight some(2, 2);
    some.next();
    some.stored(0);
    some.silent();
    BOOST_TEST((some.next() == step{flight_action::end}));
    BOOST_TEST(some.take_refused().size() == 1u);
}

BOOST_AUTO_TEST_CASE(answers_that_come_twice_or_to_nothing_count_once_or_not) {
    publish_flight flight(2, 1);
    flight.next();
    flight.stored(1); // not sent yet
    flight.stored(0);
    flight.stored(0);
    flight.refused(0, fault::doubtful, "late");
    BOOST_TEST((flight.next() == step{flight_action::send, 1, 2}));
    flight.stored(1);
    BOOST_TEST((flight.next() == step{flight_action::end}));
    BOOST_TEST(flight.take_refused().empty());
}

BOOST_AUTO_TEST_CASE(lost_connection_fails_it_despite_answers) {
    publish_flight flight(2, 2);
    flight.next();
    flight.stored(0);
    flight.fail("connection lost");
    flight.fail("later");
    BOOST_TEST((flight.next() == step{flight_action::fail}));
    BOOST_TEST(flight.why() == "connection lost");
}

BOOST_AUTO_TEST_SUITE_END()
