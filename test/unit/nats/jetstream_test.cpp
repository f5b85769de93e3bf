#include "nats_fixture.hpp"

using namespace test;

BOOST_AUTO_TEST_SUITE(jetstream_replies)

BOOST_AUTO_TEST_CASE(both_forms_of_an_acknowledgement_are_read) {
    auto const old_form = parse_delivery("$JS.ACK.EVENTS.rulehost.2.31.44.1700000000000000000.5");
    BOOST_REQUIRE(old_form);
    BOOST_TEST(old_form->times == 2u);
    BOOST_TEST(old_form->of.sequence == 31u);
    BOOST_TEST(old_form->of.stored_at == 1'700'000'000'000'000'000);
    auto const new_form = parse_delivery("$JS.ACK._.ACC.EVENTS.rulehost.2.31.44.1700000000000000000.5.rnd");
    BOOST_REQUIRE(new_form);
    BOOST_TEST((new_form->of == old_form->of));
}

BOOST_AUTO_TEST_CASE(anything_else_is_none) {
    for (auto const* const text :
         {"", "$JS.ACK.", "$JS.ACK.a.b.c.d.e.f.g", "$JS.ACK.a.b.1.-1.1.1.1", "_INBOX.a.1.2.3.4.5.6.7",
          "$JS.ACK.S.c.1.99999999999999999999999.1.1.1", "$JS.ACK.S.c.1.1.1.never.1", "$JS.ACK.1.2.3"})
        BOOST_TEST(!parse_delivery(text));
}

BOOST_AUTO_TEST_CASE(numbers_that_are_none_are_read_without_a_throw) {
    auto const answer =
        boost::json::parse(R"({"good":7,"large":18446744073709551615,"broken":1.5,"huge":1e300,"text":"7"})")
            .as_object();
    BOOST_TEST(number_in(answer, "good").value() == 7);
    for (auto const* const key : {"large", "broken", "huge", "text", "absent"})
        BOOST_TEST(!number_in(answer, key));
}

BOOST_AUTO_TEST_CASE(names_that_would_be_subjects_are_none) {
    BOOST_TEST(is_jetstream_name("EVENTS-2_a"));
    for (auto const* const text : {"", "a.b", "a*", ">", "a b", "a\r\n", "a/b"})
        BOOST_TEST(!is_jetstream_name(text));
}

BOOST_AUTO_TEST_SUITE_END()
