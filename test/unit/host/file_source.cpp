#include "host/file_source.hpp"

#include "support/skewed_time.hpp"
#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <fstream>
#include <random>
#include <string>
#include <vector>

using namespace rulehost;
namespace asio = boost::asio;

namespace {

using end = file_source_options::end;

/// A source that is read on by a coroutine of its own, and one after the other as in runs of a service.
struct following : test::virtual_loop {
    ~following() { stop(); }

    void start(end at_end = end::follow) {
        file_source_options options;
        options.path = (directory / "log").string();
        options.at_end = at_end;
        options.input = "w:log";
        if (place)
            options.from = file_place_from(*place);
        options.log = [this](std::string const& line) { told.push_back(line); };
        source = std::make_unique<file_source>(loop.get_executor(), clock, std::move(options));
        ended = false;
        asio::co_spawn(loop, read(*source), [this](std::exception_ptr e) {
            ended = true;
            problem = e;
        });
        wait();
    }

    asio::awaitable<void> read(file_source& from) {
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
            BOOST_TEST(batch->position->input == "w:log");
        }
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

    /// Each write is later than those before it, however coarse the clock of the filesystem.
    void append(std::string const& name, std::string const& more) {
        std::ofstream(directory / name, std::ios::app) << more;
        written += std::chrono::seconds{1};
        std::filesystem::last_write_time(directory / name, written);
    }

    /// As logrotate's copytruncate does it.
    void copy_and_truncate(std::string const& copy) {
        std::filesystem::copy_file(directory / "log", directory / copy);
        written += std::chrono::seconds{1};
        std::filesystem::last_write_time(directory / copy, written);
        std::filesystem::resize_file(directory / "log", 0);
    }

    test::temporary_directory directory;
    test::skewed_time clock{time};
    std::unique_ptr<file_source> source;
    std::optional<std::string> place; ///< of the last batch, as the database would keep it
    std::string text;
    std::vector<std::uint64_t> numbers;
    std::vector<std::uint64_t> sequences;
    std::vector<std::string> told;
    bool ended = false;
    std::exception_ptr problem;
    std::filesystem::file_time_type written = std::filesystem::file_time_type::clock::now();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_sources, following)

BOOST_AUTO_TEST_CASE(file_is_read_to_its_end_with_its_last_line) {
    directory.write("log", "one\ntwo\r\nthree");
    start(end::stop);
    BOOST_TEST(ended);
    BOOST_TEST(text == "one\ntwo\nthree\n");
    BOOST_TEST(numbers == (std::vector<std::uint64_t>{1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(absent_file_is_refused_unless_it_is_followed) {
    BOOST_CHECK_THROW(start(end::stop), std::system_error);
    start();
    append("log", "one\n");
    wait();
    BOOST_TEST(text == "one\n");
}

BOOST_AUTO_TEST_CASE(followed_file_that_cannot_be_read_when_it_appears_is_waited_for) {
    start();
    std::filesystem::create_directory(directory / "log");
    wait();
    wait();
    BOOST_TEST(!ended);
    BOOST_REQUIRE_EQUAL(told.size(), 2u);
    BOOST_TEST(told.back().ends_with("log: Is a directory"));
    std::filesystem::remove(directory / "log");
    append("log", "one\n");
    wait();
    BOOST_TEST(text == "one\n");
}

BOOST_AUTO_TEST_CASE(followed_file_gives_what_is_appended_once_the_line_is_whole) {
    directory.write("log", "one\ntw");
    start();
    BOOST_TEST(text == "one\n");
    append("log", "o\n");
    wait();
    BOOST_TEST(text == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(file_is_followed_whatever_the_clock_is_set_to) {
    start();
    append("log", "one\n");
    wait();
    clock.error = -std::chrono::hours{1};
    append("log", "two\n");
    wait();
    BOOST_TEST(text == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(renamed_file_is_read_to_its_end_before_the_new_one) {
    directory.write("log", "one\n");
    start();
    directory.rename("log", "log.1");
    append("log.1", "late\n");
    append("log", "two\n");
    append("log.1", "later without a line break");
    wait();
    BOOST_TEST(text == "one\nlate\nlater without a line break\ntwo\n");
    BOOST_TEST(numbers == (std::vector<std::uint64_t>{1, 2, 3, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(writer_that_goes_on_with_the_old_file_is_waited_for) {
    directory.write("log", "one\n");
    start();
    directory.rename("log", "log.1");
    directory.write("log", "");
    wait();
    append("log.1", "late\n");
    wait();
    append("log", "two\n");
    wait();
    BOOST_TEST(text == "one\nlate\ntwo\n");
}

BOOST_AUTO_TEST_CASE(truncated_file_is_read_from_its_front) {
    directory.write("log", "one\ntwo\n");
    start();
    directory.write("log", "3\n");
    wait();
    BOOST_TEST(text == "one\ntwo\n3\n");
}

BOOST_AUTO_TEST_CASE(file_that_was_written_anew_and_longer_is_read_from_its_front) {
    directory.write("log", "one\n");
    start();
    directory.write("log", "two\nthree\n");
    wait();
    BOOST_TEST(text == "one\ntwo\nthree\n");
}

BOOST_AUTO_TEST_CASE(what_was_copied_before_the_truncation_is_read_from_the_copy) {
    directory.write("log", "one\nt");
    start();
    append("log", "wo\nthree\n");
    copy_and_truncate("log.1");
    append("log", "four\n");
    wait();
    BOOST_TEST(text == "one\ntwo\nthree\nfour\n");
    BOOST_TEST(numbers.back() == 1u);
}

BOOST_AUTO_TEST_CASE(restart_goes_on_behind_the_last_line) {
    directory.write("log", "one\ntwo\n");
    start();
    stop();
    append("log", "three\n");
    start();
    BOOST_TEST(text == "one\ntwo\nthree\n");
    BOOST_TEST(numbers.back() == 3u);
}

BOOST_AUTO_TEST_CASE(restart_finishes_files_that_were_rotated_away_meanwhile) {
    directory.write("log", "one\n");
    start();
    stop();
    append("log", "two\n");
    directory.rename("log", "log.1");
    append("log", "three\n");
    directory.rename("log.1", "log.2");
    directory.rename("log", "log.1");
    append("log", "four\n");
    directory.write("log.bak", "not ours\n");
    directory.write("log.3.gz", "not ours\n");
    start();
    BOOST_TEST(text == "one\ntwo\nthree\nfour\n");
}

BOOST_AUTO_TEST_CASE(restart_finishes_the_copy_of_a_file_that_was_truncated_meanwhile) {
    directory.write("log", "one\n");
    start();
    stop();
    append("log", "two\n");
    copy_and_truncate("log-20261201");
    append("log", "three is longer\n");
    start();
    BOOST_TEST(text == "one\ntwo\nthree is longer\n");
}

BOOST_AUTO_TEST_CASE(restart_begins_anew_and_says_so_when_the_file_is_gone) {
    directory.write("log", "one\n");
    start();
    stop();
    directory.remove("log");
    directory.write("log", "two\n");
    start();
    BOOST_TEST(text == "one\ntwo\n");
    BOOST_REQUIRE(!told.empty());
    BOOST_TEST(told.back().find("is gone") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(place_that_is_no_place_is_none) {
    BOOST_TEST(!file_place_from("").has_value());
    BOOST_TEST(!file_place_from("{}").has_value());
    BOOST_TEST(!file_place_from(R"({"device":1,"inode":2,"offset":-3,"line":4,"head":"x"})").has_value());
    BOOST_TEST(file_place_from(R"({"device":1,"inode":2,"offset":3,"line":4,"head":"x"})").has_value());
}

BOOST_AUTO_TEST_CASE(line_that_is_too_long_has_its_number_and_its_beginning) {
    directory.write("log", std::string(line_framer::longest_line + 1, 'x') + "\ntwo\n");
    start();
    BOOST_TEST(text == std::string(line_framer::longest_line, 'x') + "\ntwo\n");
    BOOST_TEST(numbers.back() == 2u);
}

/// Every way to write, rotate and restart, at random: each line comes once, in order.
BOOST_AUTO_TEST_CASE(no_line_is_lost_or_doubled_through_rotations_and_restarts) {
    for (unsigned seed = 1; seed <= 40; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            std::mt19937 random(seed);
            for (auto const& each : std::filesystem::directory_iterator(directory.path()))
                std::filesystem::remove(each);
            place.reset();
            text.clear();
            std::string expected;
            int line = 0;
            int rotations = 0;
            append("log", "");
            start();
            for (int step = 0; step < 60; ++step) {
                switch (random() % 6) {
                case 0:
                case 1:
                case 2:
                    for (auto count = random() % 20; count > 0; --count) {
                        auto const next = "seed " + std::to_string(seed) + " line " + std::to_string(++line);
                        append("log", next + "\n");
                        expected += next + "\n";
                    }
                    break;
                case 3:
                    directory.rename("log", "log." + std::to_string(++rotations));
                    append("log", "");
                    break;
                case 4:
                    stop();
                    start();
                    break;
                case 5: wait(); break;
                }
            }
            append("log", "last\n");
            wait();
            stop();
            BOOST_TEST(text == expected + "last\n");
        }
    }
}

BOOST_AUTO_TEST_CASE(lines_are_counted_on_through_rotation_truncation_and_restarts) {
    directory.write("log", "one\ntwo\n");
    start();
    directory.rename("log", "log.1");
    append("log.1", "three\n");
    append("log", "four\n");
    wait();
    stop();
    append("log", "five\n");
    start();
    copy_and_truncate("log.2");
    append("log", "six\n");
    wait();
    stop();
    directory.write("log", "seven\n"); // and nothing is left of what was read
    start();
    BOOST_TEST(text == "one\ntwo\nthree\nfour\nfive\nsix\nseven\n");
    BOOST_TEST(numbers == (std::vector<std::uint64_t>{1, 2, 3, 1, 2, 1, 1}), boost::test_tools::per_element());
    BOOST_TEST(sequences == (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(place_of_an_earlier_version_is_understood) {
    auto const earlier = file_place_from(R"({"device":1,"inode":2,"offset":3,"line":4,"head":"x"})");
    BOOST_REQUIRE(earlier);
    BOOST_TEST(earlier->before == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
