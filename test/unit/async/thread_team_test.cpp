#include "async/thread_team.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <vector>

using namespace rulehost;

BOOST_AUTO_TEST_SUITE(thread_teams)

BOOST_AUTO_TEST_CASE(each_piece_is_done_once) {
    for (std::size_t const members : {1u, 2u, 5u}) {
        thread_team team{members};
        for (std::size_t const pieces : {0u, 1u, 2u, 3u, 1000u}) {
            std::vector<std::atomic<int>> done(pieces);
            std::atomic<bool> strangers{false};
            team.run(pieces, [&](std::size_t piece, std::size_t member) {
                ++done[piece];
                strangers = strangers || member >= members;
            });
            BOOST_TEST(std::ranges::all_of(done, [](auto const& times) { return times == 1; }));
            BOOST_TEST(!strangers);
        }
    }
}

BOOST_AUTO_TEST_CASE(member_does_one_piece_at_a_time) {
    thread_team team{4};
    std::vector<std::atomic<int>> busy(4);
    std::atomic<bool> overlapped{false};
    for (int round = 0; round != 200; ++round)
        team.run(16, [&](std::size_t, std::size_t member) {
            overlapped = overlapped || ++busy[member] != 1;
            --busy[member];
        });
    BOOST_TEST(!overlapped);
}

BOOST_AUTO_TEST_CASE(first_problem_is_rethrown_and_ends_the_run) {
    thread_team team{3};
    std::atomic<std::size_t> begun{0};
    BOOST_CHECK_THROW(team.run(1'000'000,
                               [&](std::size_t piece, std::size_t) {
                                   ++begun;
                                   if (piece >= 10)
                                       throw std::runtime_error("no");
                               }),
                      std::runtime_error);
    BOOST_TEST(begun < 1'000'000u);
    std::atomic<int> done{0};
    team.run(5, [&](std::size_t, std::size_t) { ++done; });
    BOOST_TEST(done == 5);
}

BOOST_AUTO_TEST_CASE(pieces_that_were_begun_are_done_when_the_rest_is_skipped) {
    for (std::size_t const members : {1u, 2u, 5u}) {
        thread_team team{members};
        std::vector<std::atomic<int>> done(1000);
        auto const begun = team.run(done.size(), [&](std::size_t piece, std::size_t) {
            if (piece == 10)
                team.skip_rest();
            ++done[piece];
        });
        BOOST_TEST(begun > 10u);
        BOOST_TEST(begun < done.size());
        for (std::size_t piece = 0; piece != done.size(); ++piece)
            BOOST_REQUIRE_EQUAL(done[piece], piece < begun ? 1 : 0);
        BOOST_TEST(team.run(7, [](std::size_t, std::size_t) {}) == 7u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
