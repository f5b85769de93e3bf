#include "delivery/tag_retention.hpp"

#include "host/parallel_evaluator.hpp"
#include "support/tags.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <functional>
#include <memory>
#include <new>
#include <string>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

struct tag_retention_fixture : test::virtual_loop {
    ~tag_retention_fixture() {
        if (!running)
            return;
        running->cancel();
        run(running->join());
    }

    std::string url() const { return "sqlite:" + (directory / "rulehost.db").string(); }

    void store(int from, int count, time_point created_at) {
        std::vector<tag> tags;
        for (int i = from; i < from + count; ++i) {
            tags.push_back(test::make_tag(std::to_string(i), "T1083"));
            tags.back().created_at = created_at;
        }
        std::vector<tag const*> pointers;
        for (auto const& each : tags)
            pointers.push_back(&each);
        table.store(pointers, {}, {});
    }

    void withhold(int from, int count, time_point created_at, std::uint64_t by = 7) {
        std::vector<tag> tags;
        for (int i = from; i < from + count; ++i) {
            tags.push_back(test::make_tag(std::to_string(i), "T1083"));
            tags.back().created_at = created_at + std::chrono::microseconds{i};
            tags.back().withheld_by = by;
        }
        std::vector<tag const*> pointers;
        for (auto const& each : tags)
            pointers.push_back(&each);
        table.store(pointers, {}, {});
    }

    std::vector<std::string> withheld() {
        std::vector<std::string> ids;
        for (auto const& row :
             session(parse_database_url(url())).query("SELECT source_id FROM ttp_withheld_tag ORDER BY created_at", 1))
            ids.push_back(row[0].value());
        return ids;
    }

    std::size_t left() { return session(parse_database_url(url())).query("SELECT uuid FROM ttp_tag", 1).size(); }

    void start() {
        tag_retention_options options;
        options.database = url();
        options.keep = 24h;
        options.keep_withheld = 24h;
        options.max_withheld = 100;
        options.log = [this](std::string const& line) { log.push_back(line); };
        options.database_clock = [this] { return clock(); };
        retention = std::make_unique<tag_retention>(loop.get_executor(), time, options);
        running = std::make_unique<task_group>(loop.get_executor());
        running->spawn("retention", retention->run());
        time.settle();
    }

    test::temporary_directory directory;
    std::function<time_point()> clock = [this] { return time.now(); };
    tag_table table{parse_database_url(url())};
    std::vector<std::string> log;
    std::unique_ptr<tag_retention> retention;
    std::unique_ptr<task_group> running;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tag_retentions, tag_retention_fixture)

BOOST_AUTO_TEST_CASE(tags_are_deleted_once_they_are_older_than_the_limit_and_the_margin) {
    store(0, 1200, time.now() - 48h);
    store(2000, 10, time.now() - 24h - tag_retention::margin + 10min);
    store(3000, 10, time.now());
    start();
    time.advance(1s);
    BOOST_TEST(left() == 20u);
    BOOST_TEST(retention->deleted() == 1200u);
    time.advance(12min);
    BOOST_TEST(left() == 10u);
    time.advance(24h + tag_retention::margin);
    BOOST_TEST(left() == 0u);
    BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(withheld_tags_are_bounded_by_age_and_number) {
    withhold(0, 600, time.now() - 48h);
    withhold(1000, 250, time.now());
    withhold(2000, 3, time.now(), 8); // a flood for one decision costs the others nothing
    start();
    time.advance(5s);
    BOOST_REQUIRE_EQUAL(withheld().size(), 103u);
    BOOST_TEST(withheld().front() == "1150"); // the newest stay
    BOOST_TEST(withheld().back() == "2002");
    BOOST_TEST(left() == 0u);
    time.advance(25h);
    BOOST_TEST(withheld().empty());
    BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_is_waited_for_and_reported_once) {
    store(0, 10, time.now() - 48h);
    session client(parse_database_url(url()));
    client.execute("CREATE TRIGGER keep BEFORE DELETE ON ttp_tag BEGIN SELECT RAISE(ABORT, 'away'); END");
    start();
    time.advance(10min);
    BOOST_TEST(left() == 10u);
    BOOST_TEST(log.size() == 1u);
    client.execute("DROP TRIGGER keep");
    time.advance(1min);
    BOOST_TEST(left() == 0u);
    BOOST_TEST(log.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_deletion_that_fails_is_repeated_whatever_it_throws) {
    store(0, 10, time.now() - 48h);
    clock = []() -> time_point { throw std::bad_alloc(); };
    start();
    BOOST_TEST(log.size() == 1u);
    clock = [this] { return time.now(); };
    time.advance(1min);
    BOOST_TEST(left() == 0u);
    BOOST_TEST(log.size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_event_is_expired_when_its_tags_may_be_gone) {
    event observed;
    auto const now = time.now();
    BOOST_TEST(!is_expired(observed, now, 24h)); // it has no event time
    observed.observed_at = now - 24h - 1s;
    BOOST_TEST(is_expired(observed, now, 24h));
    BOOST_TEST(!is_expired(observed, now, {}));
    observed.observed_at = now - 24h;
    BOOST_TEST(!is_expired(observed, now, 24h));
}

BOOST_AUTO_TEST_SUITE_END()
