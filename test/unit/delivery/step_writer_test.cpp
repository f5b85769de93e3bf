#include "delivery/step_writer.hpp"

#include "sql/session/schema.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

using namespace rulehost;
using namespace std::chrono_literals;

namespace {

struct step_writer_fixture : test::virtual_loop {
    step_writer_fixture() : sql(parse_database_url(url())) { prepare_schema(sql); }
    ~step_writer_fixture() { stop(); }

    std::string url() const { return "sqlite:" + (directory / "rulehost.db").string(); }
    void start() {
        step_writer_options options;
        options.database = url();
        options.database_file = database_access::existing;
        options.keep = 10min;
        options.max_rows = 100;
        options.database_clock = [this] { return time.now(); };
        options.log = [this](std::string const& line) { log.push_back(line); };
        writer = std::make_unique<step_writer>(loop.get_executor(), time, std::move(options));
        running = std::make_unique<task_group>(loop.get_executor());
        writer->spawn(*running);
        time.settle();
    }
    void stop() {
        if (!running)
            return;
        running->cancel();
        run(running->join());
        running.reset();
    }
    void add(int from, int to, std::size_t size = 2) {
        std::vector<event_step> steps;
        for (int i = from; i < to; ++i)
            steps.push_back({"s1", "command", "c" + std::to_string(i), time.now(), std::string(size, 'x')});
        writer->add(steps);
        BOOST_TEST(steps.empty());
    }
    std::size_t rows() { return steps_of(sql, "s1", nullptr, 1'000'000).size(); }

    test::temporary_directory directory;
    session sql;
    std::vector<std::string> log;
    std::unique_ptr<step_writer> writer;
    std::unique_ptr<task_group> running;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(writers_of_steps, step_writer_fixture)

BOOST_AUTO_TEST_CASE(steps_are_written_together_twice_a_second_and_when_the_end_comes) {
    start();
    add(0, 3);
    add(2, 5); // one of them again
    BOOST_TEST(rows() == 0u);
    time.advance(step_writer::interval);
    BOOST_TEST(rows() == 5u);
    BOOST_TEST(writer->stored() == 5u);
    add(5, 7);
    run(writer->drain());
    BOOST_TEST(rows() == 7u);
    run(writer->drain());
    BOOST_TEST(writer->dropped() == 0u);
}

BOOST_AUTO_TEST_CASE(steps_of_one_time_are_numbered_in_their_order_also_after_a_restart) {
    std::string expected;
    for (int round = 0; round < 2; ++round) {
        start();
        std::vector<event_step> steps;
        for (int i = 0; i < 20; ++i) {
            steps.push_back({"s1", "command", std::to_string(round) + '-' + std::to_string(i * 7 % 20), {}, "id"});
            expected += steps.back().source_id + ' ';
        }
        writer->add(steps);
        run(writer->drain());
        stop();
        time.advance(1s);
    }
    std::string listed;
    for (auto const& each : steps_of(sql, "s1", nullptr, 100))
        listed += each.value.source_id + ' ';
    BOOST_TEST(listed == expected);
}

BOOST_AUTO_TEST_CASE(steps_that_the_database_rejects_are_dropped_and_do_not_stop_the_others) {
    start();
    sql.execute("ALTER TABLE ttp_step RENAME TO away");
    add(0, 3);
    time.advance(step_writer::interval);
    BOOST_TEST(log.size() == 1u);
    BOOST_TEST(writer->dropped() == 3u);
    sql.execute("ALTER TABLE away RENAME TO ttp_step");
    add(3, 5);
    time.advance(step_writer::pause_after_failure + step_writer::interval);
    BOOST_TEST(rows() == 2u);
    BOOST_TEST(log.size() == 2u);
}

BOOST_AUTO_TEST_CASE(steps_wait_while_the_database_is_away) {
    start();
    auto const file = directory / "rulehost.db";
    std::filesystem::rename(file, directory / "away");
    add(0, 3);
    time.advance(step_writer::interval);
    BOOST_TEST(log.size() == 1u);
    run(writer->drain()); // gives up
    BOOST_TEST(writer->dropped() == 0u);
    std::filesystem::rename(directory / "away", file);
    add(3, 5);
    time.advance(step_writer::pause_after_failure + step_writer::interval);
    BOOST_TEST(writer->stored() == 5u);
    BOOST_TEST(log.size() == 2u);
}

BOOST_AUTO_TEST_CASE(steps_that_find_no_room_are_dropped_and_counted) {
    start();
    constexpr int many = 10'000;
    add(0, many, event_step::max_typed);
    auto const dropped = writer->dropped();
    BOOST_TEST(dropped > many - step_writer::max_waiting / event_step::max_typed);
    run(writer->drain());
    BOOST_TEST(writer->stored() + dropped == many);
    add(many, many + 1);
    run(writer->drain());
    BOOST_TEST(writer->dropped() == dropped);
}

BOOST_AUTO_TEST_CASE(steps_are_kept_up_to_an_age_and_a_number) {
    start();
    add(0, 50);
    time.advance(step_writer::interval);
    add(50, 120);
    time.advance(step_writer::look_interval);
    // All of a transaction were stored at one time.
    BOOST_TEST(rows() == 70u);
    time.advance(10min + step_writer::look_interval);
    BOOST_TEST(rows() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
