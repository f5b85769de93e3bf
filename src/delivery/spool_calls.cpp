#include "delivery/spool_calls.hpp"

#include "async/blocking_call.hpp"
#include "text/failure_reason.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr duration first_pause = 100ms;
constexpr duration max_pause = 10s;
constexpr std::uint64_t min_segment = 1 << 16;
constexpr std::uint64_t max_segment = 64 << 20;

failure_log::wording failures_of(std::filesystem::path const& directory, std::string const& what) {
    return {.after = "; inputs wait for the spool or the database",
            .works = "the spool " + directory.string() + " is " + what + " again"};
}

tag_group_ptr group_of(spool::page page) {
    auto const group = std::make_shared<tag_group>();
    tag_batch batch;
    batch.tags = std::move(page.tags);
    group->batches.push_back({std::move(batch), 0});
    group->collect();
    std::map<std::string, std::string> places;
    for (auto& position : page.positions)
        places[position.input] = std::move(position.place);
    for (auto const& [input, place] : places)
        group->positions.push_back({input, place});
    return group;
}

} // namespace

spool_calls::spool_calls(asio::any_io_executor strand, time_source& time, notification& changed,
                         std::filesystem::path directory, std::uint64_t limit, std::function<double()> random,
                         std::function<void(std::string const&)> log)
    : strand_(std::move(strand)),
      time_(time),
      changed_(changed),
      directory_(std::move(directory)),
      limit_(limit),
      log_(std::move(log)),
      pause_(first_pause, max_pause, std::move(random)),
      append_failures_(failures_of(directory_, "written")),
      read_failures_(failures_of(directory_, "read")) {}

asio::awaitable<void> spool_calls::open() {
    if (std::exchange(opening_, true)) {
        while (!files_)
            co_await changed_.wait();
        co_return;
    }
    auto const opened = std::make_shared<files>();
    auto open = [opened, directory = directory_, limit = limit_] {
        auto const segment = std::clamp(limit / 8, min_segment, max_segment);
        auto report = [&reports = opened->reports](std::string const& line) { reports.push_back(line); };
        opened->opened.emplace(directory, limit, std::move(report), segment);
        return opened->opened->positions();
    };
    positions_ = co_await blocking_call(strand_, std::move(open));
    files_ = opened;
    bytes_ = opened->opened->bytes();
    for (auto const& line : std::exchange(opened->reports, {}))
        log(line);
    if (bytes_ > 0)
        log(std::to_string(bytes_) + " bytes of an earlier run are in the spool " + directory_.string() +
            "; they are stored first");
    changed_.notify();
}

asio::awaitable<spool_calls::appended> spool_calls::append(tag_group_ptr group) {
    auto append = [group](spool& opened) {
        auto const before = opened.bytes();
        auto const outcome = opened.append(group->tags, group->positions);
        return appended{outcome == spool::outcome::kept, outcome == spool::outcome::no_room, opened.bytes() - before};
    };
    appended done;
    std::string problem;
    try {
        done = co_await call(std::move(append));
    } catch (boost::system::system_error const&) {
        throw; // a cancellation
    } catch (std::exception const& error) {
        problem = failure_reason(error);
    }
    append_failures_.note(problem, log_);
    co_return done;
}

asio::awaitable<tag_group_ptr> spool_calls::front() {
    auto read = [](spool& opened) { return opened.front(tag_queue::max_group); };
    auto page = co_await call_until_it_works(std::move(read));
    if (page.bytes == 0)
        co_return nullptr;
    co_return group_of(std::move(page));
}

asio::awaitable<std::uint64_t> spool_calls::pop() {
    auto remove = [](spool& opened) {
        auto const before = opened.bytes();
        opened.pop();
        return before - opened.bytes();
    };
    auto const removed = co_await call_until_it_works(std::move(remove));
    co_return removed;
}

template <class Function>
asio::awaitable<std::invoke_result_t<Function&, spool&>> spool_calls::call(Function function) {
    struct answer {
        std::invoke_result_t<Function&, spool&> result;
        std::vector<std::string> reports;
        std::uint64_t bytes = 0;
    };
    auto work = [files = files_, function = std::move(function)]() mutable {
        auto result = function(*files->opened);
        return answer{std::move(result), std::exchange(files->reports, {}), files->opened->bytes()};
    };
    auto done = co_await blocking_call(strand_, std::move(work));
    bytes_ = done.bytes;
    for (auto const& line : done.reports)
        log(line);
    co_return std::move(done.result);
}

template <class Function>
asio::awaitable<std::invoke_result_t<Function&, spool&>> spool_calls::call_until_it_works(Function function) {
    for (;;) {
        std::string problem;
        std::optional<std::invoke_result_t<Function&, spool&>> result;
        try {
            auto again = function;
            result.emplace(co_await call(std::move(again)));
        } catch (boost::system::system_error const&) {
            throw; // a cancellation
        } catch (std::exception const& error) {
            problem = failure_reason(error);
        }
        read_failures_.note(problem, log_);
        if (result) {
            pause_.reset();
            co_return std::move(*result);
        }
        changed_.notify(); // wakes the writer to retry its append
        co_await time_.pause(pause_.next());
    }
}

void spool_calls::log(std::string const& line) const {
    if (log_)
        log_(line);
}

} // namespace rulehost
