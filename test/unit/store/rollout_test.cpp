#include "store/database/rollout.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

time_point const now{std::chrono::seconds{1'767'225'600}};

worker_row worker(std::string name, revision at, std::string digest = "d", duration silent_for = 1s) {
    worker_row row;
    row.process = name + ":1";
    row.worker = std::move(name);
    row.revision = at;
    row.digest = std::move(digest);
    row.seen_at = now - silent_for;
    return row;
}

worker_list among(std::vector<worker_row> rows, revision newest = 7) {
    return {std::move(rows), now, newest};
}

bool is_complete(worker_list const& workers, revision wanted,
                 rollout::gone_workers how = rollout::gone_workers::count) {
    return rollout_of(workers, wanted).is_complete(how);
}

} // namespace

BOOST_AUTO_TEST_SUITE(rollouts)

BOOST_AUTO_TEST_CASE(rollout_is_complete_when_every_worker_has_the_revision) {
    BOOST_TEST(is_complete(among({worker("a", 7), worker("b", 7)}), 7));
    BOOST_TEST(is_complete(among({worker("a", 7), worker("b", 6)}), 6));
    BOOST_TEST(!is_complete(among({worker("a", 7), worker("b", 6)}), 7));
}

BOOST_AUTO_TEST_CASE(nothing_is_rolled_out_without_workers) {
    BOOST_TEST(!is_complete(among({}), 0));
    BOOST_TEST(!is_complete(among({worker("a", 7, "d", 16s)}), 7, rollout::gone_workers::ignore));
}

BOOST_AUTO_TEST_CASE(worker_without_a_sign_of_life_holds_a_rollout_up_unless_it_is_ignored) {
    auto const workers = among({worker("a", 7), worker("b", 7, "d", 16s)});
    BOOST_TEST(!is_complete(workers, 7));
    BOOST_TEST(is_complete(workers, 7, rollout::gone_workers::ignore));
    BOOST_TEST(is_complete(among({worker("a", 7, "d", 15s)}), 7));
}

BOOST_AUTO_TEST_CASE(worker_ahead_of_a_store_that_went_back_has_none_of_its_revisions) {
    auto const workers = among({worker("a", 9)}, 5);
    BOOST_TEST(!is_complete(workers, 5));
    BOOST_TEST(to_string(standing_of(workers.rows[0], workers, 5)) == "ahead");
}

BOOST_AUTO_TEST_CASE(living_workers_at_one_revision_have_the_same_rules) {
    BOOST_TEST(disagreements_in(among({worker("a", 7), worker("b", 7)})).empty());
    BOOST_TEST(disagreements_in(among({worker("a", 7, "x"), worker("b", 6, "y")})).empty());
    BOOST_TEST(disagreements_in(among({worker("a", 7, "x"), worker("b", 7, "y", 16s)})).empty());
    auto const found = disagreements_in(among({worker("a", 7, "x"), worker("b", 7, "y")}));
    BOOST_REQUIRE_EQUAL(found.size(), 1u);
    BOOST_TEST(found[0] == "at revision 7 the worker b has other rules or states than a");
}

BOOST_AUTO_TEST_CASE(two_living_processes_under_one_name_are_namesakes) {
    auto older = worker("a", 7);
    auto younger = worker("a", 7);
    older.process = "h:1";
    younger.process = "h:2";
    older.started_at = now - 1h;
    younger.started_at = now - 10s;
    auto const both = among({older, younger, worker("b", 7)});
    BOOST_TEST(namesake_of(both.rows[0], both) == &both.rows[1]);
    BOOST_TEST(namesake_of(both.rows[1], both) == &both.rows[0]);
    BOOST_TEST(namesake_of(both.rows[2], both) == nullptr);
    older.seen_at = now - 11s; // killed, and followed by the other one
    auto const followed = among({older, younger});
    BOOST_TEST(namesake_of(followed.rows[0], followed) == nullptr);
    BOOST_TEST(namesake_of(followed.rows[1], followed) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
