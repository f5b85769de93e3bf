#include "sql/outbox_table.hpp"

#include "sql/tag_table.hpp"
#include "support/tags.hpp"
#include "support/test_database.hpp"

#include <boost/test/data/test_case.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace rulehost {

namespace data = boost::unit_test::data;
using namespace std::chrono_literals;
using test::every_kind;
using test::test_database;
using numbers = std::vector<std::int64_t>;

namespace {

constexpr steady_point steady_start{1'767'225'600s};

/// An outbox with messages `m0`, `m1`, ...
struct filled_outbox {
    filled_outbox(database_kind kind, int messages)
        : database(kind), tags(parse_database_url(database.url())), table(parse_database_url(database.url())) {
        auto const one = test::make_tag("e", "T1083");
        std::vector<tag const*> const stored{&one};
        tags.store(stored, {}, [&](std::vector<tag const*> const&) {
            std::vector<outbox_row> rows;
            for (int i = 0; i < messages; ++i)
                rows.push_back({"m" + std::to_string(i), "topic", "{}"});
            return rows;
        });
    }

    /// The next messages for the consumer.
    std::string front(std::string const& consumer, outbox_progress const& progress) {
        std::string ids;
        for (auto const& each : table.front(consumer, progress, 100))
            ids += each.message.message_id + ' ';
        return ids;
    }

    numbers sequences() {
        numbers all;
        for (auto const& row :
             session(parse_database_url(database.url())).query("SELECT sequence FROM ttp_outbox ORDER BY 1", 1))
            all.push_back(number_in<std::int64_t>(row[0]));
        return all;
    }

    test_database database;
    tag_table tags;
    outbox_table table;
};

} // namespace

BOOST_AUTO_TEST_SUITE(outboxes)

BOOST_AUTO_TEST_CASE(the_cursor_follows_what_is_done) {
    outbox_progress progress(10);
    progress.add(11);
    progress.add(12);
    progress.advance({}, steady_start);
    BOOST_TEST(progress.cursor() == 12);
    progress.add(14);
    progress.add(15);
    progress.advance(13, steady_start);
    BOOST_TEST(progress.cursor() == 12);
    BOOST_TEST((progress.done_above(9) == std::vector<outbox_progress::range>{{14, 15}}));
    progress.add(13);
    progress.advance({}, steady_start);
    BOOST_TEST(progress.cursor() == 15);
    BOOST_TEST(progress.done_above(9).empty());
}

BOOST_AUTO_TEST_CASE(messages_done_in_any_order_are_kept_as_ranges) {
    outbox_progress progress;
    for (std::int64_t const each : {9, 5, 7, 6, 6, 3, 11, 10})
        progress.add(each);
    BOOST_TEST((progress.done_above(9) == std::vector<outbox_progress::range>{{3, 3}, {5, 7}, {9, 11}}));
    BOOST_TEST(progress.done_above(2).size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_missing_number_is_waited_for_and_passed_in_the_end) {
    outbox_progress progress;
    progress.add(2); // 1 may be on its way
    progress.advance({}, steady_start);
    progress.advance({}, steady_start + outbox_progress::patience - 1s);
    BOOST_TEST(progress.cursor() == 0);
    progress.add(4);
    progress.advance({}, steady_start + outbox_progress::patience);
    BOOST_TEST(progress.cursor() == 2);
    progress.advance({}, steady_start + 2 * outbox_progress::patience);
    BOOST_TEST(progress.cursor() == 4);
}

BOOST_AUTO_TEST_CASE(the_cursor_stops_before_pending_messages_at_any_time) {
    outbox_progress progress;
    progress.add(3);
    progress.advance(2, steady_start);
    progress.advance(2, steady_start + 10 * outbox_progress::patience);
    BOOST_TEST(progress.cursor() == 0);
}

BOOST_DATA_TEST_CASE(a_message_is_kept_until_every_consumer_has_passed_it, data::make(every_kind), kind) {
    filled_outbox outbox(kind, 3);
    auto const all = outbox.sequences();
    outbox_progress a(outbox.table.passed("a"));
    outbox_progress b(outbox.table.passed("b"));
    BOOST_TEST(outbox.front("a", a) == "m0 m1 m2 ");
    outbox.table.settle("a", all[1], {all[0], all[1]});
    BOOST_TEST(outbox.sequences().size() == 3u);
    BOOST_TEST(outbox.front("a", outbox_progress(outbox.table.passed("a"))) == "m2 ");
    BOOST_TEST(outbox.front("b", b) == "m0 m1 m2 ");
    outbox.table.settle("b", all[2], all);
    BOOST_TEST(outbox.sequences() == numbers{all[2]}, boost::test_tools::per_element());
    BOOST_TEST(outbox.front("b", outbox_progress(outbox.table.passed("b"))) == "");
    outbox.table.settle("a", all[2], {all[2]});
    BOOST_TEST(outbox.sequences().empty());
}

BOOST_DATA_TEST_CASE(messages_done_out_of_order_are_not_sent_again, data::make(every_kind), kind) {
    filled_outbox outbox(kind, 4);
    auto const all = outbox.sequences();
    outbox.table.passed("a");
    outbox.table.passed("b");
    outbox_progress a(all[0] - 1);
    a.add(all[1]);
    a.add(all[2]);
    a.advance(all[0], steady_start);
    outbox.table.settle("a", a.cursor(), {all[1], all[2]});
    BOOST_TEST(outbox.front("a", a) == "m0 m3 ");
    BOOST_TEST(outbox.front("b", outbox_progress()) == "m0 m1 m2 m3 ");
}

BOOST_DATA_TEST_CASE(a_message_that_was_committed_late_is_not_passed_over, data::make(every_kind), kind) {
    filled_outbox outbox(kind, 3);
    auto const all = outbox.sequences();
    outbox.table.passed("a");
    outbox.table.settle("a", all[2] + 100, {all[0], all[2]}); // one does not exist yet
    BOOST_TEST(outbox.front("a", outbox_progress(all[2] + 100)) == "m1 ");
}

BOOST_DATA_TEST_CASE(a_cursor_never_goes_back, data::make(every_kind), kind) {
    filled_outbox outbox(kind, 1);
    BOOST_TEST(outbox.table.passed("a") == 0);
    outbox.table.settle("a", 7, {});
    outbox.table.settle("a", 5, {}); // by a worker that has lost the lease
    BOOST_TEST(outbox.table.passed("a") == 7);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
