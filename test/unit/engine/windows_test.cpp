#include "window_events.hpp"

namespace rulehost {

using namespace test;

BOOST_AUTO_TEST_SUITE(correlation_window)

BOOST_AUTO_TEST_CASE(count_fires_at_the_threshold_within_the_span) {
    window w{counting(3), roomy};
    BOOST_TEST(!w.feed("g", at(minutes{0})).fires);
    BOOST_TEST(!w.feed("g", at(minutes{1})).fires);
    BOOST_TEST(!w.feed("g", at(minutes{6})).fires);
    BOOST_TEST(w.feed("g", at(minutes{6} + seconds{1})).reached == 2u);
    BOOST_TEST(w.feed("g", at(minutes{7})).fires);
}

BOOST_AUTO_TEST_CASE(both_ends_of_the_span_count) {
    window w{counting(2), roomy};
    w.feed("g", at(minutes{0}));
    BOOST_TEST(w.feed("g", at(minutes{5})).fires);
    window later{counting(2), roomy};
    later.feed("g", at(minutes{0}));
    BOOST_TEST(!later.feed("g", at(minutes{5} + duration{1})).fires);
}

BOOST_AUTO_TEST_CASE(fires_once_per_window_and_group) {
    window w{counting(2), roomy};
    w.feed("g", at(minutes{0}));
    BOOST_TEST(w.feed("g", at(minutes{1})).fires);
    BOOST_TEST(!w.feed("g", at(minutes{2})).fires);
    BOOST_TEST(!w.feed("g", at(minutes{6})).fires);
    BOOST_TEST(w.feed("g", at(minutes{6} + seconds{1})).fires);
    w.feed("other", at(minutes{6}));
    BOOST_TEST(w.feed("other", at(minutes{6})).fires);
}

BOOST_AUTO_TEST_CASE(repeat_fires_for_every_event_of_a_full_window) {
    window w{counting(2, correlation::firing::every_event), roomy};
    w.feed("g", at(minutes{0}));
    BOOST_TEST(w.feed("g", at(minutes{1})).fires);
    BOOST_TEST(w.feed("g", at(minutes{2})).fires);
    BOOST_TEST(!w.feed("g", at(minutes{20})).fires);
}

BOOST_AUTO_TEST_CASE(same_observation_counts_once) {
    window w{counting(2), roomy};
    auto const entry = at(minutes{0});
    w.feed("g", entry);
    BOOST_TEST(!w.feed("g", entry).fires);
    BOOST_TEST(w.feed("g", at(minutes{0})).fires);
}

BOOST_AUTO_TEST_CASE(late_events_take_their_place) {
    window w{counting(3), roomy};
    w.feed("g", at(minutes{4}));
    w.feed("g", at(minutes{2}));
    BOOST_TEST(w.feed("g", at(minutes{3})).fires);
}

BOOST_AUTO_TEST_CASE(log_read_in_the_wrong_order_is_not_lost) {
    window w{counting(3), roomy};
    w.feed("g", at(std::chrono::hours{24}));
    w.feed("g", at(minutes{0}));
    w.feed("g", at(minutes{1}));
    BOOST_TEST(w.feed("g", at(minutes{2})).fires);
}

BOOST_AUTO_TEST_CASE(sensor_with_a_wrong_clock_does_not_silence_the_one_beside_it) {
    for (auto const skew :
         {duration{minutes{6}}, duration{std::chrono::hours{24}}, duration{-std::chrono::hours{24}}}) {
        window w{counting(3), roomy};
        for (int i = 0; i != 2; ++i) {
            BOOST_TEST(!w.feed("g", at(seconds{i})).fires);
            BOOST_TEST(!w.feed("g", at(skew + seconds{i})).fires);
        }
        BOOST_TEST(w.feed("g", at(seconds{2})).fires);
        BOOST_TEST(w.feed("g", at(skew + seconds{2})).fires);
        // Each of them fires once per window.
        BOOST_TEST(!w.feed("g", at(seconds{3})).fires);
        BOOST_TEST(!w.feed("g", at(skew + seconds{3})).fires);
    }
}

BOOST_AUTO_TEST_CASE(late_event_joins_the_newest_time_line_that_reaches_it) {
    window w{counting(3), roomy};
    w.feed("g", at(minutes{0}));
    w.feed("g", at(minutes{6}));
    w.feed("g", at(minutes{2}));
    BOOST_TEST(w.feed("g", at(minutes{7})).fires);
}

BOOST_AUTO_TEST_CASE(third_time_line_takes_the_place_of_the_one_fed_least_recently) {
    window w{counting(3), roomy};
    for (int i = 0; i != 2; ++i)
        w.feed("g", at(seconds{i}));
    for (int i = 0; i != 2; ++i)
        w.feed("g", at(std::chrono::hours{1} + seconds{i}));
    w.feed("g", at(std::chrono::hours{2}));
    BOOST_TEST(w.feed("g", at(std::chrono::hours{1} + seconds{2})).fires);
    BOOST_TEST(w.feed("g", at(seconds{2})).reached == 1u);
}

BOOST_AUTO_TEST_CASE(two_time_lines_share_the_entries_of_their_group) {
    window w{counting(8), {100, 10}};
    for (int i = 0; i != 7; ++i)
        w.feed("g", at(seconds{i}));
    for (int i = 0; i != 5; ++i)
        w.feed("g", at(std::chrono::hours{1} + seconds{i}));
    BOOST_TEST(w.statistics().evicted_entries == 2u);
    BOOST_TEST(w.feed("g", at(seconds{7})).reached == 6u);
}

BOOST_AUTO_TEST_CASE(time_line_that_nothing_arrives_for_is_forgotten) {
    window w{counting(3), roomy};
    w.feed("g", at(minutes{0}));
    w.feed("g", at(minutes{1}));
    auto later = at(minutes{11});
    later.arrived += minutes{11};
    w.feed("g", later);
    BOOST_TEST(w.feed("g", at(minutes{2})).reached == 1u);
}

BOOST_AUTO_TEST_CASE(distinct_values_count_once_each) {
    auto by = counting(3);
    by.kind = correlation::node::distinct_count;
    window w{by, roomy};
    w.feed("g", with_value(minutes{0}, 1));
    w.feed("g", with_value(minutes{1}, 2));
    BOOST_TEST(!w.feed("g", with_value(minutes{2}, 2)).fires);
    // Value 1 is out of the span by now.
    BOOST_TEST(!w.feed("g", with_value(minutes{6}, 3)).fires);
    BOOST_TEST(w.feed("g", with_value(minutes{6}, 1)).fires);
}

BOOST_AUTO_TEST_CASE(sequence_needs_its_steps_in_order) {
    auto by = counting(1);
    by.kind = correlation::node::sequence;
    by.steps.resize(3);
    window w{by, roomy};
    w.feed("a", at(minutes{0}, 0b001));
    BOOST_TEST(!w.feed("a", at(minutes{1}, 0b100)).fires);
    BOOST_TEST(!w.feed("a", at(minutes{2}, 0b010)).fires);
    auto const last = w.feed("a", at(minutes{3}, 0b100));
    BOOST_TEST(last.fires);
    BOOST_TEST(last.reached == 3u);

    w.feed("b", at(minutes{0}, 0b001));
    w.feed("b", at(minutes{1}, 0b010));
    BOOST_TEST(!w.feed("b", at(minutes{5} + seconds{1}, 0b100)).fires);
    w.feed("b", at(minutes{6}, 0b001));
    w.feed("b", at(minutes{7}, 0b010));
    BOOST_TEST(w.feed("b", at(minutes{8}, 0b100)).fires);

    BOOST_TEST(!w.feed("c", at(minutes{0}, 0b111)).fires);
    BOOST_TEST(!w.feed("c", at(minutes{1}, 0b111)).fires);
    BOOST_TEST(w.feed("c", at(minutes{2}, 0b111)).fires);
}

BOOST_AUTO_TEST_CASE(sequence_is_found_in_any_order_of_arrival) {
    auto by = counting(1);
    by.kind = correlation::node::sequence;
    by.steps.resize(3);
    window w{by, roomy};
    w.feed("a", at(minutes{2}, 0b100));
    w.feed("a", at(minutes{0}, 0b001));
    BOOST_TEST(w.feed("a", at(minutes{1}, 0b010)).fires);
    w.feed("b", at(minutes{2}, 0b001));
    w.feed("b", at(minutes{1}, 0b010));
    BOOST_TEST(!w.feed("b", at(minutes{0}, 0b100)).fires);
    BOOST_TEST(!w.feed("b", at(minutes{3}, 0b100)).fires);
}

BOOST_AUTO_TEST_CASE(late_event_fires_only_for_a_sequence_that_it_completes) {
    auto by = counting(1, correlation::firing::every_event);
    by.kind = correlation::node::sequence;
    by.steps.resize(2);
    window w{by, roomy};
    w.feed("a", at(seconds{10}, 0b01));
    BOOST_TEST(w.feed("a", at(seconds{20}, 0b10)).fires);
    BOOST_TEST(!w.feed("a", at(seconds{50}, 0b01)).fires);
    BOOST_TEST(!w.feed("a", at(seconds{40}, 0b01)).fires); // nothing comes after it
    BOOST_TEST(!w.feed("a", at(seconds{5}, 0b10)).fires);  // nothing came before it
    BOOST_TEST(w.feed("a", at(seconds{15}, 0b01)).fires);
    BOOST_TEST(w.feed("a", at(seconds{30}, 0b10)).fires);
    BOOST_TEST(w.feed("a", at(seconds{60}, 0b10)).fires);
}

BOOST_AUTO_TEST_CASE(flood_of_one_step_does_not_wash_out_the_one_before) {
    auto by = counting(1);
    by.kind = correlation::node::sequence;
    by.steps.resize(3);
    window w{by, {100, 10}};
    w.feed("a", at(seconds{0}, 0b001));
    for (int i = 1; i != 100; ++i)
        w.feed("a", at(seconds{i}, 0b010));
    BOOST_TEST(w.feed("a", at(seconds{200}, 0b100)).fires);
    BOOST_TEST(w.statistics().evicted_entries == 91u);
}

BOOST_AUTO_TEST_CASE(groups_are_capped_and_evictions_counted) {
    window w{counting(2), {3, 100}};
    for (char const* group : {"a", "b", "c", "a", "d"})
        w.feed(group, at(minutes{0}));
    auto const totals = w.statistics();
    BOOST_TEST(totals.groups == 3u);
    BOOST_TEST(totals.evicted_groups == 1u);
    // b was fed least recently and is gone.
    BOOST_TEST(w.feed("c", at(minutes{1})).fires);
    BOOST_TEST(!w.feed("b", at(minutes{1})).fires);
}

BOOST_AUTO_TEST_CASE(stale_groups_go_by_themselves) {
    window w{counting(2), roomy};
    w.feed("a", at(minutes{0}));
    w.feed("b", at(minutes{0}));
    auto late = at(minutes{0});
    late.arrived += minutes{30};
    w.feed("c", late);
    auto const totals = w.statistics();
    BOOST_TEST(totals.groups == 1u);
    BOOST_TEST(totals.evicted_groups == 0u);
}

BOOST_AUTO_TEST_CASE(sensor_with_a_wrong_clock_takes_nothing_from_the_groups_of_others) {
    window w{counting(3), roomy};
    for (int i = 0; i != 2; ++i) {
        w.feed("right", at(seconds{i}));
        for (char const* group : {"of tomorrow", "of tomorrow, too"})
            w.feed(group, at(std::chrono::hours{24} + seconds{i}));
    }
    BOOST_TEST(w.feed("right", at(seconds{2})).fires);
}

BOOST_AUTO_TEST_CASE(fires_once_however_many_threads_feed_it) {
    constexpr std::uint64_t each = 500;
    window w{counting(2 * each), {100, 2 * each}};
    std::atomic<int> fired{0};
    auto const feed = [&](std::uint64_t first) {
        for (std::uint64_t i = 0; i != each; ++i)
            fired += w.feed("g", {noon, content_uuid(std::to_string(first + i)), 1, {}, noon}).fires;
    };
    std::thread other{feed, each};
    feed(0);
    other.join();
    BOOST_TEST(fired == 1);
}

BOOST_AUTO_TEST_CASE(asking_changes_nothing) {
    window w{counting(2), roomy};
    w.feed("g", at(minutes{0}));
    BOOST_TEST(w.would("g", at(minutes{1})).fires);
    BOOST_TEST(w.would("g", at(minutes{1})).fires);
    BOOST_TEST(!w.would("new", at(minutes{1})).fires);
    BOOST_TEST(w.statistics().groups == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
