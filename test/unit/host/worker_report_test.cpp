#include "host/worker_report.hpp"

#include "sql/session/session.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/rule_follower.hpp>
#include <rulehost/task_group.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

/// A worker on a store of its own in memory, whose calls can be made to fail.
struct reporting : test::virtual_loop {
    reporting() {
        database_store_options options;
        options.database_clock = [this] { return time.now(); };
        options.faults.before = [this](std::string_view call) -> boost::asio::awaitable<void> {
            if (away && call != "end_worker")
                throw database_error(database_error::kind::lost, "cut off");
            if (call == "note_worker")
                written.push_back(time.elapsed());
            co_return;
        };
        store =
            std::make_unique<database_rule_store>(loop.get_executor(), loop.get_executor(), time, std::move(options));
        report = std::make_unique<worker_report>(
            store.get(), time,
            [this] {
                worker_row row;
                row.worker = "w";
                row.revision = at;
                return row;
            },
            [this](std::string const& line) { warnings.push_back(line); });
    }
    void start() {
        tasks = std::make_unique<task_group>(loop.get_executor());
        tasks->spawn("report", report->run());
        time.settle();
    }
    void stop() {
        tasks->cancel();
        run(tasks->join());
    }
    std::vector<worker_row> rows() { return run(store->list_workers()).rows; }

    bool away = false;
    revision at = 1;
    std::vector<duration> written;
    std::vector<std::string> warnings;
    std::unique_ptr<database_rule_store> store;
    std::unique_ptr<worker_report> report;
    std::unique_ptr<task_group> tasks;
};

} // namespace

BOOST_AUTO_TEST_SUITE(worker_reports)

BOOST_AUTO_TEST_CASE(first_row_and_first_change_are_written_at_once_and_later_ones_every_half_second) {
    reporting with;
    with.start();
    BOOST_TEST(with.rows().size() == 1u);
    with.time.advance(2s);
    auto const begin = with.time.elapsed();
    with.written.clear();
    for (int change = 0; change != 10; ++change) { // in 100 ms
        ++with.at;
        with.report->look();
        with.time.advance(10ms);
    }
    with.time.advance(900ms);
    BOOST_REQUIRE_EQUAL(with.written.size(), 2u);
    BOOST_TEST((with.written[0] - begin < 10ms));
    BOOST_TEST((with.written[1] - with.written[0] == 500ms));
    BOOST_TEST(with.rows().at(0).revision == 11u);
    with.stop();
}

BOOST_AUTO_TEST_CASE(sign_of_life_comes_every_five_seconds) {
    reporting with;
    with.start();
    with.time.advance(60s);
    BOOST_TEST(with.written.size() == 13u);
    BOOST_TEST((with.run(with.store->list_workers()).now - with.rows().at(0).seen_at <= 5s));
    with.stop();
}

BOOST_AUTO_TEST_CASE(row_goes_with_the_process) {
    reporting with;
    with.start();
    with.stop();
    BOOST_TEST(with.rows().empty());
}

BOOST_AUTO_TEST_CASE(store_that_is_away_is_tried_again_and_reported_once) {
    reporting with;
    with.start();
    with.away = true;
    with.time.advance(30s);
    BOOST_TEST(with.warnings.size() == 1u);
    with.away = false;
    ++with.at;
    with.time.advance(10s);
    BOOST_TEST(with.warnings.size() == 2u);
    BOOST_TEST(with.rows().at(0).revision == 2u);
    with.stop();
}

BOOST_AUTO_TEST_CASE(another_process_under_the_same_name_is_reported_once_and_so_is_its_end) {
    reporting with;
    auto const note = [&] {
        worker_row other;
        other.worker = "w";
        other.process = "h:1";
        with.run(with.store->note_worker(other));
    };
    note(); // killed before this one began
    with.start();
    with.time.advance(12s);
    BOOST_TEST(with.warnings.empty());
    for (int i = 0; i != 4; ++i) {
        note();
        with.time.advance(4s);
    }
    BOOST_REQUIRE_EQUAL(with.warnings.size(), 1u);
    BOOST_TEST(with.warnings[0] ==
               "another process runs as worker w as well: h:1; give each a name of its own (--worker)");
    with.time.advance(30s);
    BOOST_REQUIRE_EQUAL(with.warnings.size(), 2u);
    BOOST_TEST(with.warnings[1] == "no other process runs as worker w any more");
    with.stop();
}

BOOST_AUTO_TEST_SUITE_END()
