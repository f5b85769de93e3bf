#pragma once

#include "input/file_source.hpp"
#include "support/compression.hpp"
#include "support/skewed_time.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <boost/asio/co_spawn.hpp>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace rulehost::test {

inline std::string json_line(int number, std::size_t padding = 0) {
    return R"({"n":)" + std::to_string(number) + R"(,"x":")" + std::string(padding, 'x') + "\"}";
}

inline std::vector<std::string> lines_of(std::string const& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

/// A source that a coroutine reads, and its successors, as in the runs of a service.
struct followed_log : virtual_loop {
    ~followed_log() { stop(); }

    void start(file_source_options::end at_end = file_source_options::end::follow) {
        file_source_options options;
        options.path = (directory / followed).string();
        options.at_end = at_end;
        options.input = "w:log";
        if (place)
            options.from = file_place_from(*place);
        options.log = [this](std::string const& line) {
            logged.push_back(line);
            BOOST_TEST_MESSAGE(line);
        };
        source = std::make_unique<file_source>(loop.get_executor(), clock, std::move(options));
        ended = false;
        boost::asio::co_spawn(loop, read(*source), [this](std::exception_ptr e) {
            ended = true;
            problem = e;
        });
        wait();
    }

    boost::asio::awaitable<void> read(file_source& from) {
        for (;;) {
            auto const batch = co_await from.next();
            if (!batch)
                break;
            for (auto const& each : batch->lines) {
                text += std::string(each.text) + "\n";
                numbers.push_back(each.number);
                sequences.push_back(each.sequence);
            }
            place = batch->position->place;
            BOOST_TEST_MESSAGE(batch->lines.size() << " lines, then at " << *place);
            places.emplace_back(text.size(), *place);
            BOOST_TEST(batch->position->input == "w:log");
        }
    }

    /// Starts over: no files, nothing read.
    void begin_anew() {
        stop();
        for (auto const& each : std::filesystem::directory_iterator(directory.path()))
            std::filesystem::remove_all(each);
        place.reset();
        text.clear();
        places.clear();
        numbers.clear();
        sequences.clear();
        logged.clear();
    }

    void wait() { time.advance(std::chrono::seconds{1}); }

    void stop() {
        if (!source)
            return;
        source->stop();
        wait();
        BOOST_TEST(ended);
        source.reset();
    }

    /// Each write gets a later time than those before it, however coarse the filesystem's clock.
    void append(std::string const& name, std::string const& more) {
        std::ofstream(directory / name, std::ios::app) << more;
        written += std::chrono::seconds{1};
        std::filesystem::last_write_time(directory / name, written);
    }

    /// As logrotate's copytruncate.
    void copy_and_truncate(std::string const& copy) {
        std::filesystem::copy_file(directory / "log", directory / copy);
        written += std::chrono::seconds{1};
        std::filesystem::last_write_time(directory / copy, written);
        std::filesystem::resize_file(directory / "log", 0);
    }

    /// As gzip and zstd: keeps the time of the file.
    void compress(std::string const& name, packing packed) {
        auto const content = directory.read(name);
        auto const ending = packed == packing::gzip ? ".gz" : ".zst";
        auto const when = std::filesystem::last_write_time(directory / name);
        directory.write(name + ending, packed == packing::gzip ? gzip(content) : zstd(content));
        std::filesystem::last_write_time(directory / (name + ending), when);
        wait_for_another_birth_time();
        directory.remove(name);
    }

    /// The kernel may reuse the inode of a removed file. A real log is never removed in the tick of the kernel's clock
    /// in which it was created, a few milliseconds; a test may be that fast.
    static void wait_for_another_birth_time() {
        auto const tick = [] {
            timespec now{};
            ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
            return std::pair(now.tv_sec, now.tv_nsec);
        };
        for (auto const first = tick(); tick() == first;)
            std::this_thread::yield();
    }

    temporary_directory directory;
    skewed_time clock{time};
    std::unique_ptr<file_source> source;
    std::string followed = "log";     ///< path of the source
    std::optional<std::string> place; ///< position of the last batch, as the database would store it
    std::string text;
    std::vector<std::pair<std::size_t, std::string>> places; ///< of all batches, with the length of `text` then
    std::vector<std::uint64_t> numbers;
    std::vector<std::uint64_t> sequences;
    std::vector<std::string> logged;
    bool ended = false;
    std::exception_ptr problem;
    std::filesystem::file_time_type written = std::filesystem::file_time_type::clock::now();
};

} // namespace rulehost::test
