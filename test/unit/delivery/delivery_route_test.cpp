#include "delivery/delivery_route.hpp"

#include <boost/test/unit_test.hpp>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

using state = delivery_route::state;
using writer = delivery_route::writer_step;
using replayer = delivery_route::replay_step;

constexpr steady_point at{10s};

} // namespace

BOOST_AUTO_TEST_SUITE(delivery_routes)

BOOST_AUTO_TEST_CASE(tags_go_straight_to_the_database) {
    delivery_route const route(true);
    BOOST_TEST((route.next_of_writer() == writer::store));
    BOOST_TEST((route.next_of_replay(at) == replayer::idle));
}

BOOST_AUTO_TEST_CASE(without_a_spool_a_failed_group_is_stored_again_after_a_pause) {
    delivery_route route(false);
    BOOST_TEST(!route.store_failed(at));
    BOOST_TEST((route.next_of_writer() == writer::pause));
    BOOST_TEST((route.next_of_replay(at) == replayer::idle));
    route.pause_ended();
    BOOST_TEST((route.next_of_writer() == writer::store));
}

BOOST_AUTO_TEST_CASE(with_a_spool_a_failure_sends_groups_there_and_wakes_the_replayer) {
    delivery_route route(true);
    BOOST_TEST(route.store_failed(at));
    BOOST_TEST((route.next_of_writer() == writer::spool));
    BOOST_TEST((route.next_of_replay(at - 1us) == replayer::pause));
    BOOST_TEST((route.next_of_replay(at) == replayer::replay));
}

BOOST_AUTO_TEST_CASE(spool_of_an_earlier_run_goes_first) {
    delivery_route route(true);
    route.found_spooled();
    BOOST_TEST((route.next_of_writer() == writer::spool));
    BOOST_TEST((route.next_of_replay(steady_point{}) == replayer::replay));
}

BOOST_AUTO_TEST_CASE(while_it_catches_up_twice_as_much_leaves_the_spool_as_enters_it) {
    delivery_route route(true);
    route.store_failed(at);
    route.spool_began();
    route.spooled(1000); // before the database is back: does not count
    route.replayed(100);
    BOOST_TEST((route.now() == state::catching_up));
    struct {
        std::uint64_t spooled;
        std::uint64_t replayed;
        writer expected;
    } const table[] = {
        {0, 0, writer::spool},  // 0 of 100
        {50, 0, writer::spool}, // 50 of 100
        {1, 0, writer::wait},   // 51 of 100
        {0, 1, writer::wait},   // 51 of 101
        {0, 1, writer::spool},  // 51 of 102
    };
    for (auto const& row : table) {
        if (row.spooled > 0)
            route.spooled(row.spooled);
        if (row.replayed > 0)
            route.replayed(row.replayed);
        BOOST_TEST((route.next_of_writer() == row.expected));
    }
}

BOOST_AUTO_TEST_CASE(a_failed_replay_sends_everything_to_the_spool_again) {
    delivery_route route(true);
    route.store_failed(at);
    route.replayed(10);
    route.spooled(100);
    BOOST_TEST((route.next_of_writer() == writer::wait));
    route.replay_failed(at + 1s);
    BOOST_TEST((route.now() == state::spooling));
    BOOST_TEST((route.next_of_writer() == writer::spool));
    BOOST_TEST((route.next_of_replay(at) == replayer::pause));
    route.replayed(10); // the count starts again
    BOOST_TEST((route.next_of_writer() == writer::spool));
}

BOOST_AUTO_TEST_CASE(an_empty_spool_ends_the_detour_unless_a_group_is_on_its_way_there) {
    delivery_route route(true);
    route.store_failed(at);
    route.replayed(10);
    route.spool_began();
    BOOST_TEST(!route.spool_is_empty());
    BOOST_TEST((route.now() == state::catching_up));
    route.spooled(1);
    route.replayed(1);
    BOOST_TEST(route.spool_is_empty());
    BOOST_TEST((route.next_of_writer() == writer::store));
    BOOST_TEST((route.next_of_replay(at) == replayer::idle));
}

BOOST_AUTO_TEST_CASE(a_full_spool_is_reported_once_until_it_takes_a_group) {
    delivery_route route(true);
    route.store_failed(at);
    BOOST_TEST(route.spool_refused(true));
    BOOST_TEST(!route.spool_refused(true));
    BOOST_TEST(!route.spool_refused(false)); // the disk failed; it may still be full
    BOOST_TEST(!route.spool_refused(true));
    route.spooled(1);
    BOOST_TEST(route.spool_refused(true));
}

BOOST_AUTO_TEST_SUITE_END()
