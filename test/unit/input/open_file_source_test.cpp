#include "input/open_file_source.hpp"

#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <boost/asio/co_spawn.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace rulehost;
namespace asio = boost::asio;

namespace {

struct opening_inputs : test::virtual_loop {
    ~opening_inputs() {
        if (!source)
            return;
        source->stop();
        wait();
        BOOST_TEST(ended);
    }

    void start(bool with_log = true) {
        file_source_options options;
        options.path = (directory / "log").string();
        if (with_log)
            options.log = [this](std::string const& line) { logged.push_back(line); };
        source = open_file_source(loop.get_executor(), time, std::move(options));
        asio::co_spawn(loop, read(*source), [this](std::exception_ptr) { ended = true; });
        wait();
    }

    asio::awaitable<void> read(event_source& from) {
        for (;;) {
            auto const batch = co_await from.next();
            if (!batch)
                break;
            for (auto const& each : batch->lines)
                text += std::string(each.text) + "\n";
        }
    }

    void wait() { time.advance(std::chrono::seconds{1}); }

    test::temporary_directory directory;
    std::unique_ptr<event_source> source;
    std::string text;
    std::vector<std::string> logged;
    bool ended = false;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(opened_file_sources, opening_inputs)

BOOST_AUTO_TEST_CASE(fifo_waits_for_its_writer_without_blocking) {
    BOOST_REQUIRE_EQUAL(::mkfifo((directory / "log").c_str(), 0600), 0);
    start();
    BOOST_TEST(!ended);
    auto const writer = ::open((directory / "log").c_str(), O_WRONLY | O_NONBLOCK);
    BOOST_REQUIRE_GE(writer, 0);
    BOOST_REQUIRE_EQUAL(::write(writer, "one\n", 4), 4);
    wait();
    BOOST_TEST(text == "one\n");
    BOOST_TEST(!ended);
    ::close(writer);
    wait();
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_CASE(file_in_the_place_of_a_fifo_is_followed) {
    BOOST_REQUIRE_EQUAL(::mkfifo((directory / "log").c_str(), 0600), 0);
    start();
    directory.remove("log");
    wait();
    directory.write("log", "one\n");
    wait();
    BOOST_TEST(text == "one\n");
    BOOST_TEST(!ended);
}

BOOST_AUTO_TEST_CASE(link_to_itself_is_waited_for_and_reported) {
    directory.link("log", "log");
    start();
    BOOST_TEST(!ended);
    BOOST_TEST(source->obstacle() == "Too many levels of symbolic links");
    BOOST_REQUIRE_EQUAL(logged.size(), 1u);
    directory.remove("log");
    directory.write("log", "one\n");
    wait();
    BOOST_TEST(text == "one\n");
    BOOST_TEST(source->obstacle() == "");
}

BOOST_AUTO_TEST_CASE(directory_in_the_place_of_a_fifo_is_an_obstacle_without_a_log_too) {
    BOOST_REQUIRE_EQUAL(::mkfifo((directory / "log").c_str(), 0600), 0);
    start(false);
    BOOST_TEST(source->obstacle() == "");
    directory.remove("log");
    std::filesystem::create_directory(directory / "log");
    wait();
    BOOST_TEST(source->obstacle() == "Is a directory");
    std::filesystem::remove(directory / "log");
    directory.write("log", "one\n");
    wait();
    BOOST_TEST(text == "one\n");
    BOOST_TEST(source->obstacle() == "");
}

BOOST_AUTO_TEST_CASE(file_that_is_not_there_is_no_obstacle) {
    start();
    BOOST_TEST(source->obstacle() == "");
    BOOST_TEST(logged.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
