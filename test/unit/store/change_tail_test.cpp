#include "store/database/change_tail.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <utility>
#include <vector>

namespace rulehost {

std::ostream& operator<<(std::ostream& out, change_tail::step const& step) {
    static constexpr char const* names[] = {"look", "listen", "expire", "trim", "save", "wait", "pause"};
    return out << names[static_cast<std::size_t>(step.what)] << ' ' << step.length.count() << " us";
}

} // namespace rulehost

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

using action = change_tail::action;
using result = change_tail::result;
using step = change_tail::step;

constexpr auto epoch = time_point{1'000'000s};

change_tail::options polling(duration poll) {
    change_tail::options given;
    given.poll = poll;
    given.random = [] { return 1.0; }; // whole pauses
    return given;
}

change_tail::options notified() {
    auto given = polling(5s);
    given.notified = true;
    return given;
}

/// A tail driven by hand: only a test moves `now`.
struct driven {
    explicit driven(change_tail::options given) : tail(std::move(given)) {
        view.now = 1h; // monotonic
        view.database_now = epoch;
    }
    step after(result of) { return tail.next(of, view); }
    void pass(duration length) {
        view.now += length;
        view.database_now += length;
    }
    /// Executes the first poll and the first trim, up to the wait.
    step to_first_wait() {
        BOOST_TEST((tail.start() == step{action::look, {}}));
        BOOST_TEST((after(result::done) == step{action::trim, {}}));
        return after(result::done);
    }

    change_tail tail;
    change_tail::view view;
};

} // namespace

BOOST_AUTO_TEST_SUITE(change_tails)

BOOST_AUTO_TEST_CASE(polls) {
    driven of(polling(50ms));
    BOOST_TEST(of.to_first_wait() == (step{action::wait, 50ms}));
    of.pass(50ms);
    BOOST_TEST(of.after(result::done) == (step{action::look, {}}));
    BOOST_TEST(of.after(result::done) == (step{action::wait, 50ms}));
}

BOOST_AUTO_TEST_CASE(looks_at_once_when_it_is_woken) {
    driven of(polling(10s));
    of.to_first_wait();
    of.pass(1ms);
    BOOST_TEST(of.after(result::woken) == (step{action::look, {}}));
}

BOOST_AUTO_TEST_CASE(waits_in_pieces_and_ends_the_wait_when_our_clock_was_set) {
    driven of(polling(5s));
    BOOST_TEST(of.to_first_wait() == (step{action::wait, 1s}));
    of.pass(1s);
    BOOST_TEST(of.after(result::done) == (step{action::wait, 1s}));
    of.pass(1s);
    of.view.clock_is_doubtful = true;
    BOOST_TEST(of.after(result::done) == (step{action::look, {}}));
}

BOOST_AUTO_TEST_CASE(listens_once_and_polls_earlier_changes) {
    driven of(notified());
    of.tail.start();
    BOOST_TEST(of.after(result::done) == (step{action::listen, {}}));
    of.view.listening = true;
    BOOST_TEST(of.after(result::done) == (step{action::look, {}}));
    BOOST_TEST(of.after(result::done) == (step{action::trim, {}}));
    BOOST_TEST(of.after(result::done) == (step{action::wait, 1s})); // of 5 s
}

BOOST_AUTO_TEST_CASE(polls_faster_while_it_cannot_listen_and_tries_again_later) {
    driven of(notified());
    of.tail.start();
    of.after(result::done);
    BOOST_TEST(of.after(result::refused) == (step{action::look, {}}));
    of.after(result::done); // trim
    BOOST_TEST(of.after(result::done) == (step{action::wait, 250ms}));
    of.pass(250ms);
    BOOST_TEST(of.after(result::done) == (step{action::look, {}}));
    BOOST_TEST(of.after(result::done) == (step{action::wait, 250ms})); // too early to listen
    of.pass(10s);
    of.after(result::done); // look
    BOOST_TEST(of.after(result::done) == (step{action::listen, {}}));
}

BOOST_AUTO_TEST_CASE(listens_again_at_once_after_its_connection_was_lost) {
    driven of(notified());
    of.tail.start();
    of.after(result::done);    // listen
    of.after(result::refused); // look
    of.after(result::done);    // trim
    of.after(result::done);    // wait
    of.tail.stopped_listening();
    BOOST_TEST(of.after(result::woken) == (step{action::look, {}}));
    BOOST_TEST(of.after(result::done) == (step{action::listen, {}}));
}

BOOST_AUTO_TEST_CASE(wakes_for_the_next_expiry_and_removes_what_is_due) {
    driven of(polling(10s));
    of.view.next_expiry = epoch + 300ms;
    BOOST_TEST(of.to_first_wait() == (step{action::wait, 300ms}));
    of.pass(300ms);
    BOOST_TEST(of.after(result::done) == (step{action::look, {}}));
    BOOST_TEST(of.after(result::done) == (step{action::expire, {}}));
    of.view.next_expiry.reset();
    BOOST_TEST(of.after(result::done) == (step{action::wait, 1s}));
}

BOOST_AUTO_TEST_CASE(tries_again_in_growing_pauses_what_cannot_be_removed) {
    driven of(polling(10s));
    of.to_first_wait();
    of.view.next_expiry = epoch;
    std::vector<duration> const pauses{100ms, 200ms, 400ms, 800ms, 1s, 1s};
    for (auto const pause : pauses) {
        BOOST_TEST(of.after(result::woken) == (step{action::look, {}}));
        BOOST_TEST(of.after(result::done) == (step{action::expire, {}}));
        BOOST_TEST(of.after(result::in_vain) == (step{action::wait, pause}));
        of.pass(pause);
    }
}

BOOST_AUTO_TEST_CASE(leaves_a_refused_removal_alone_for_a_while) {
    driven of(polling(60s));
    of.to_first_wait();
    of.view.next_expiry = epoch;
    of.after(result::woken);
    of.after(result::done);
    of.after(result::refused);
    of.pass(9s);
    of.after(result::woken);
    BOOST_TEST(of.after(result::done) == (step{action::wait, 1s})); // no removal
    of.pass(1s);
    of.after(result::woken);
    BOOST_TEST(of.after(result::done) == (step{action::expire, {}}));
}

BOOST_AUTO_TEST_CASE(trims_once_an_hour) {
    driven of(polling(1s));
    of.to_first_wait();
    of.pass(59min);
    of.after(result::woken);
    BOOST_TEST(of.after(result::done) == (step{action::wait, 1s}));
    of.pass(1min);
    of.after(result::woken);
    BOOST_TEST(of.after(result::done) == (step{action::trim, {}}));
    BOOST_TEST(of.after(result::refused) == (step{action::wait, 1s}));
}

BOOST_AUTO_TEST_CASE(saves_at_most_once_a_second) {
    driven of(polling(10s));
    of.view.unsaved = true;
    BOOST_TEST(of.to_first_wait() == (step{action::save, {}}));
    of.view.unsaved = false;
    of.after(result::done);
    of.pass(400ms);
    of.view.unsaved = true;
    of.after(result::woken);
    BOOST_TEST(of.after(result::done) == (step{action::wait, 600ms}));
    of.pass(600ms);
    of.after(result::done);
    BOOST_TEST(of.after(result::done) == (step{action::save, {}}));
}

BOOST_AUTO_TEST_CASE(saves_again_in_growing_pauses_while_the_file_cannot_be_written) {
    driven of(polling(5min));
    of.view.unsaved = true;
    BOOST_TEST(of.to_first_wait() == (step{action::save, {}}));
    std::vector<duration> const pauses{1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s};
    for (auto const pause : pauses) {
        BOOST_TEST(of.after(result::refused) == (step{action::wait, 1s}));
        of.pass(pause - 1us);
        of.after(result::woken);
        BOOST_TEST(of.after(result::done) == (step{action::wait, 1us}));
        of.pass(1us);
        of.after(result::done);
        BOOST_TEST(of.after(result::done) == (step{action::save, {}}));
    }
}

BOOST_AUTO_TEST_CASE(pauses_longer_after_each_loss_and_shorter_again_after_a_whole_round) {
    driven of(polling(1s));
    of.tail.start();
    std::vector<duration> const pauses{100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 10s, 10s};
    for (auto const pause : pauses) {
        BOOST_TEST(of.after(result::lost) == (step{action::pause, pause}));
        of.pass(pause);
        BOOST_TEST(of.after(result::done) == (step{action::look, {}}));
    }
    of.after(result::done); // trim
    of.after(result::done); // wait
    of.after(result::woken);
    BOOST_TEST(of.after(result::lost) == (step{action::pause, 100ms}));
}

BOOST_AUTO_TEST_SUITE_END()
