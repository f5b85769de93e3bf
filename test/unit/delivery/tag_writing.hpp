#pragma once

#include "delivery/tag_writer.hpp"

#include "sql/session/session.hpp"
#include "support/skewed_time.hpp"
#include "support/tags.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_database.hpp"
#include "support/virtual_loop.hpp"

#include <rulehost/task_group.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <sys/stat.h>

using namespace rulehost;
using rulehost::test::make_tag;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace rulehost::test {

/// Collects the ids of its tags.
class collected final : public tag_sink {
public:
    asio::awaitable<void> write(std::vector<tag> const& tags) override {
        for (auto const& each : tags)
            ids.push_back(each.source_id);
        co_return;
    }
    std::vector<std::string> ids;
};

/// Takes `delay` for each batch, and fails while there is a `problem`.
class slow_sink final : public tag_sink {
public:
    explicit slow_sink(time_source& time) : time_(time) {}

    asio::awaitable<void> write(std::vector<tag> const& tags) override {
        struct guard {
            int& writing;
            ~guard() { --writing; }
        } const guarded{++writing};
        BOOST_TEST(writing == 1);
        if (delay > 0s)
            co_await time_.pause(delay);
        if (!problem.empty())
            throw std::runtime_error(problem);
        for (auto const& each : tags)
            ids.push_back(each.source_id);
    }

    std::vector<std::string> ids;
    duration delay{};
    std::string problem;

private:
    time_source& time_;
    int writing = 0;
};

using texts = std::vector<std::string>;

struct fixture : test::virtual_loop {
    fixture() {
        options.database = "sqlite:" + (directory / "rulehost.db").string();
        options.dead_letters = directory / "dead.ndjson";
        options.printed = &printed;
        options.log = [this](std::string const& line) { log.push_back(line); };
        options.random = [] { return 0.5; };
        options.faults.before = [this](std::string_view call) { return hit(call, cut_before); };
        options.faults.after = [this](std::string_view call) { return hit(call, cut_after); };
    }
    ~fixture() { stop(); }

    void start() {
        writer = std::make_unique<tag_writer>(loop.get_executor(), loop.get_executor(), clock, options);
        running = std::make_unique<task_group>(loop.get_executor());
        running->spawn("writer", writer->run());
        time.settle();
    }
    void stop() {
        if (running) {
            running->cancel();
            run(running->join());
            running.reset();
        }
        writer.reset();
    }
    void restart() {
        stop();
        start();
    }

    /// A batch of tags `PREFIX_0`, `PREFIX_1`, ...; its acknowledgement goes to `acknowledged`.
    tag_batch batch(std::string const& prefix, int count, std::string const& place = {}) {
        tag_batch made;
        for (int i = 0; i < count; ++i)
            made.tags.push_back(make_tag(prefix + "_" + std::to_string(i)));
        if (!place.empty())
            made.position = input_position{"in", place};
        made.stored = [this, prefix] { acknowledged.push_back(prefix); };
        return made;
    }
    /// Enqueues without waiting for room.
    void give(tag_batch what) {
        running->spawn("input", writer->enqueue(std::move(what)));
        time.settle();
    }

    session client() const { return session(parse_database_url(options.database)); }
    std::size_t stored_tags() const { return client().query("SELECT uuid FROM ttp_tag", 1).size(); }
    std::string place() {
        auto const known = run(writer->positions({"in"}));
        return known.empty() ? "" : known[0].place;
    }
    std::vector<boost::json::object> dead() const {
        std::vector<boost::json::object> all;
        std::istringstream lines(directory.read("dead.ndjson"));
        for (std::string line; std::getline(lines, line);)
            all.push_back(boost::json::parse(line).as_object());
        return all;
    }

    static asio::awaitable<void> hit(std::string_view call, std::optional<database_error> const& problem) {
        if (problem && call != "positions")
            throw *problem;
        co_return;
    }
    void cut() { cut_before = database_error(database_error::kind::lost, "no route to host"); }
    void mend() { cut_before.reset(); }

    test::temporary_directory directory;
    test::skewed_time clock{time};
    collected printed;
    texts log;
    texts acknowledged;
    std::optional<database_error> cut_before;
    std::optional<database_error> cut_after;
    tag_writer_options options;
    std::unique_ptr<tag_writer> writer;
    std::unique_ptr<task_group> running;
};

} // namespace rulehost::test
