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

constexpr auto other_process = "h:1:5:elsewhere:9";

/// A worker on a store in memory, whose calls a test can make fail.
struct reporting : test::virtual_loop {
    explicit reporting(worker_report::naming how = worker_report::naming::exclusive) {
        database_store_options options;
        options.database_clock = [this] { return time.now(); };
        options.faults.before = [this](std::string_view call) -> boost::asio::awaitable<void> {
            if (away && call == "claim_worker")
                throw database_error(database_error::kind::lost, "cut off");
            if (call == "claim_worker")
                written.push_back(time.elapsed());
            co_return;
        };
        store =
            std::make_unique<database_rule_store>(loop.get_executor(), loop.get_executor(), time, std::move(options));
        worker_report::observer observer;
        observer.row = [this] {
            worker_row row;
            row.worker = "w";
            row.revision = at;
            return row;
        };
        observer.warn = [this](std::string const& line) { warnings.push_back(line); };
        observer.changed = [this] { ++changes; };
        report = std::make_unique<worker_report>(store.get(), time, how, std::move(observer));
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
    /// Another process of another machine under the same name.
    static worker_row other() {
        worker_row row;
        row.worker = "w";
        row.process = other_process;
        return row;
    }
    void other_claims() { BOOST_REQUIRE(run(store->claim_worker(other())).empty()); }
    std::vector<worker_row> rows() { return run(store->list_workers()).rows; }

    bool away = false;
    unsigned changes = 0;
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

BOOST_AUTO_TEST_CASE(process_waits_while_another_one_has_its_name_and_works_once_that_is_free) {
    reporting with;
    with.other_claims();
    with.start();
    BOOST_TEST(!with.report->may_work());
    BOOST_TEST(with.report->holder() == "process 1 on h");
    BOOST_TEST(with.changes == 0u);
    BOOST_REQUIRE_EQUAL(with.warnings.size(), 1u);
    BOOST_TEST(with.warnings[0] ==
               "another process runs as worker w: process 1 on h; this one waits until it ends, and reads no input "
               "(--worker gives it another name)");
    for (int i = 0; i != 8; ++i) { // alive
        with.time.advance(5s);
        with.other_claims();
    }
    BOOST_REQUIRE_EQUAL(with.rows().size(), 1u);
    BOOST_TEST(with.rows()[0].process == other_process);
    BOOST_TEST(!with.report->may_work());
    with.time.advance(14s);
    BOOST_TEST(!with.report->may_work());
    with.time.advance(2s); // dead
    BOOST_TEST(with.report->may_work());
    BOOST_TEST(with.changes == 1u);
    BOOST_TEST(with.warnings.size() == 2u);
    BOOST_TEST(with.warnings.back() == "this process runs as worker w now");
    BOOST_REQUIRE_EQUAL(with.rows().size(), 1u);
    BOOST_TEST(with.rows()[0].process != other_process);
    with.stop();
    BOOST_TEST(with.run(with.store->claim_worker(with.other())).empty()); // given back
}

BOOST_AUTO_TEST_CASE(process_that_is_not_ready_yet_learns_who_has_its_name_without_a_claim) {
    reporting with;
    with.run(with.report->look_for_holder());
    BOOST_TEST(with.report->holder().empty());
    with.other_claims();
    with.written.clear();
    with.run(with.report->look_for_holder());
    BOOST_TEST(with.report->holder() == "process 1 on h");
    BOOST_TEST(with.warnings.size() == 1u);
    BOOST_TEST(with.written.empty());
    with.start();
    BOOST_TEST(with.warnings.size() == 1u); // said once
    BOOST_TEST(!with.report->may_work());
    BOOST_TEST(with.run(with.store->end_worker(other_process)));
    with.time.advance(1s);
    BOOST_TEST(with.report->may_work());
    with.stop();
}

BOOST_AUTO_TEST_CASE(process_that_is_gone_does_not_have_the_name) {
    reporting with;
    with.other_claims();
    with.time.advance(20s);
    with.run(with.report->look_for_holder());
    BOOST_TEST(with.report->holder().empty());
}

BOOST_AUTO_TEST_CASE(process_that_was_away_for_too_long_finds_its_name_taken_and_waits) {
    reporting with;
    with.start();
    BOOST_TEST(with.report->may_work());
    with.away = true;
    with.time.advance(60s);
    BOOST_TEST(with.report->may_work()); // who is cut off goes on
    with.away = false;
    with.other_claims();
    with.time.advance(10s);
    BOOST_TEST(!with.report->may_work());
    BOOST_TEST(with.run(with.store->end_worker(other_process)));
    with.time.advance(1s);
    BOOST_TEST(with.report->may_work());
    BOOST_TEST(with.changes == 3u);
    with.stop();
}

BOOST_AUTO_TEST_CASE(process_whose_store_is_away_at_the_start_works) {
    reporting with;
    with.away = true;
    with.start();
    BOOST_TEST(with.report->may_work());
    with.stop();
}

BOOST_AUTO_TEST_CASE(process_that_shares_its_name_works_beside_the_one_that_has_it) {
    reporting with(worker_report::naming::shared);
    with.other_claims();
    with.start();
    with.time.advance(10s);
    BOOST_TEST(with.report->may_work());
    BOOST_TEST(with.rows().size() == 2u);
    BOOST_TEST(with.warnings.empty());
    with.stop();
}

BOOST_AUTO_TEST_SUITE_END()
