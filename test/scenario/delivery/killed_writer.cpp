// A process that stores tags and is killed again and again, while its database comes and goes: nothing acknowledged is
// lost, and nothing is stored or announced twice.
#include "delivery/tag_writer.hpp"
#include "support/tags.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_database.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <map>
#include <ostream>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace rulehost;
namespace asio = boost::asio;

namespace {

tag tag_of(int number) {
    return test::make_tag(std::to_string(number));
}

tag_batch batch_from(int first, unsigned count) {
    tag_batch made;
    for (unsigned i = 0; i < count; ++i)
        made.tags.push_back(tag_of(first + static_cast<int>(i)));
    made.position = input_position{"in", std::to_string(first + static_cast<int>(count))};
    return made;
}

asio::awaitable<int> place_of(tag_writer& writer) {
    std::vector<std::string> inputs;
    inputs.push_back("in");
    auto const known = co_await writer.positions(std::move(inputs));
    co_return known.empty() ? 0 : std::stoi(known.front().place);
}

struct workload {
    database_kind kind;
    unsigned rounds;
    unsigned max_batch_size;
    std::size_t max_waiting;
};

std::ostream& operator<<(std::ostream& out, workload const& each) {
    return out << each.kind;
}

/// With the second a group uses several connections.
std::vector<workload> const workloads{{database_kind::sqlite, 200, 20, 100},
                                      {database_kind::postgresql, 40, 3000, 6000}};

/// An input whose n-th line gives tag n; continues at the position of the writer.
asio::awaitable<void> feed(tag_writer& writer, std::mt19937& random, unsigned max_batch_size, int end_of_pipe) {
    for (auto next = co_await place_of(writer);;) {
        auto const count = 1 + static_cast<unsigned>(random() % max_batch_size);
        auto batch = batch_from(next, count);
        next += static_cast<int>(count);
        batch.stored = [next, end_of_pipe] {
            if (::write(end_of_pipe, &next, sizeof next) != sizeof next)
                ::_exit(3);
        };
        co_await writer.enqueue(std::move(batch));
    }
}

struct scenario {
    explicit scenario(workload const& what) : load(what), database(what.kind) {}

    tag_writer_options options() const {
        tag_writer_options made;
        made.database = database.url();
        made.spool = directory / "spool";
        made.spool_limit = 2000 * load.max_waiting;
        made.max_waiting = load.max_waiting;
        made.outbox = true;
        return made;
    }

    /// Work of the process that is killed. The database answers some of its first calls, then none for a while.
    [[noreturn]] void work(unsigned seed, int end_of_pipe) const {
        try {
            std::mt19937 random(seed);
            auto good = static_cast<int>(random() % 8);
            auto bad = static_cast<int>(random() % 3);
            auto adapted = options();
            adapted.faults.before = [&](std::string_view call) -> asio::awaitable<void> {
                if (call == "store" && good-- <= 0 && bad-- > 0)
                    throw database_error(database_error::kind::lost, "cut off");
                co_return;
            };
            adapted.random = [] { return 0.0; };
            asio::io_context loop{1};
            asio::thread_pool threads{4};
            system_time_source time;
            tag_writer writer(loop.get_executor(), threads.get_executor(), time, std::move(adapted));
            auto const failed = [](std::exception_ptr) { ::_exit(4); };
            asio::co_spawn(loop, feed(writer, random, load.max_batch_size, end_of_pipe), failed);
            asio::co_spawn(loop, writer.run(), failed);
            loop.run();
        } catch (...) {}
        ::_exit(5);
    }

    workload load;
    test::test_database database;
    test::temporary_directory directory;
};

} // namespace

BOOST_AUTO_TEST_SUITE(a_killed_writer)

BOOST_DATA_TEST_CASE(loses_nothing_and_doubles_nothing, boost::unit_test::data::make(workloads), load) {
    scenario const run(load);
    constexpr unsigned seed = 20'261'125;
    std::mt19937 random(seed);
    session(parse_database_url(run.database.url())); // creates the file, so that no child is killed before that
    int acknowledged = 0;
    for (unsigned round = 0; round < load.rounds; ++round) {
        int ends[2];
        BOOST_REQUIRE(::pipe(ends) == 0);
        auto const child = ::fork();
        BOOST_REQUIRE(child >= 0);
        if (child == 0) {
            ::close(ends[0]);
            run.work(seed + round, ends[1]);
        }
        ::close(ends[1]);
        int number = 0;
        auto const read = [&] {
            if (::read(ends[0], &number, sizeof number) != sizeof number)
                return false;
            acknowledged = std::max(acknowledged, number);
            return true;
        };
        for (auto wanted = random() % 12; wanted > 0 && read(); --wanted) {}
        ::kill(child, SIGKILL);
        while (read()) {}
        ::close(ends[0]);
        int status = 0;
        ::waitpid(child, &status, 0);
        BOOST_REQUIRE_MESSAGE(WIFSIGNALED(status), "round " << round << " ended with " << WEXITSTATUS(status));
    }
    BOOST_TEST(acknowledged > 200);

    // A writer that is not killed stores the rest of the spool, and everything that a killed one may have left.
    asio::io_context loop{1};
    system_time_source time;
    tag_writer writer(loop.get_executor(), loop.get_executor(), time, run.options());
    task_group tasks(loop.get_executor());
    int end = 0;
    auto empty_spool = [&]() -> asio::awaitable<void> {
        while (writer.counts().spooled_bytes > 0)
            co_await time.sleep_until(time.now() + std::chrono::milliseconds{1});
    };
    auto finish = [&]() -> asio::awaitable<void> {
        co_await empty_spool();
        auto const place = co_await place_of(writer);
        auto const in_flight = static_cast<unsigned>(load.max_waiting) + load.max_batch_size;
        end = place + static_cast<int>(in_flight);
        auto rest = batch_from(place, in_flight);
        co_await writer.enqueue(std::move(rest));
        co_await writer.drain();
        co_await empty_spool();
        tasks.cancel();
    };
    auto all = [&]() -> asio::awaitable<void> {
        std::vector<std::string> none;
        co_await writer.positions(std::move(none)); // opens the spool
        tasks.spawn("writer", writer.run());
        tasks.spawn("end", finish());
        co_await tasks.join();
    };
    std::exception_ptr problem;
    asio::co_spawn(loop, all(), [&](std::exception_ptr e) { problem = e; });
    loop.run();
    BOOST_REQUIRE(!problem);

    auto client = run.database.client();
    std::set<int> stored;
    for (auto const& row : client.query("SELECT source_id FROM ttp_tag", 1))
        stored.insert(std::stoi(row[0].value()));
    BOOST_TEST(end > acknowledged);
    for (int i = 0; i < end; ++i)
        BOOST_REQUIRE_MESSAGE(stored.contains(i),
                              "tag " << i << " of " << acknowledged << " that were acknowledged is lost");
    BOOST_TEST(stored.size() == static_cast<std::size_t>(end)); // everything that was read, and nothing else
    BOOST_TEST(client.query("SELECT place FROM ttp_input_position", 1).at(0)[0].value() == std::to_string(end));
    std::map<std::string, int> announced;
    for (auto const& row : client.query("SELECT message_id FROM ttp_outbox", 1))
        ++announced[row[0].value()];
    BOOST_TEST(announced.size() == 2 * stored.size()); // ttp.tagged and ttp.rule.fired of each
    BOOST_TEST(std::ranges::all_of(announced, [](auto const& each) { return each.second == 1; }));
}

BOOST_AUTO_TEST_SUITE_END()
