#include "file/byte_stream.hpp"

#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <boost/asio/co_spawn.hpp>

#include <array>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace rulehost;
namespace asio = boost::asio;

namespace {

/// A stream that a coroutine reads to its end into `text`.
struct reading : test::virtual_loop {
    byte_stream open(std::string const& name) {
        return byte_stream::reading(loop.get_executor(), (directory / name).string());
    }

    void start(byte_stream& stream) {
        asio::co_spawn(loop, read_all(stream), [this](std::exception_ptr e) {
            ended = true;
            problem = e;
        });
        time.settle();
    }

    asio::awaitable<void> read_all(byte_stream& stream) {
        std::array<char, 7> buffer;
        while (auto const count = co_await stream.read_some(buffer))
            text.append(buffer.data(), count);
    }

    test::temporary_directory directory;
    std::string text;
    bool ended = false;
    std::exception_ptr problem;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(byte_streams, reading)

BOOST_AUTO_TEST_CASE(file_is_read_to_its_end) {
    directory.write("log", "one line that is longer than a buffer\n");
    auto stream = open("log");
    start(stream);
    BOOST_TEST(ended);
    BOOST_TEST(text == "one line that is longer than a buffer\n");
}

BOOST_AUTO_TEST_CASE(absent_file_and_directory_are_refused_with_their_name) {
    for (auto const& name : {"absent", "."}) {
        BOOST_CHECK_EXCEPTION(open(name), std::system_error, [&](auto const& error) {
            return std::string(error.what()).find((directory / name).string()) != std::string::npos;
        });
    }
}

BOOST_AUTO_TEST_CASE(failed_opening_leaves_no_descriptor_open) {
    auto const next_free = [] {
        auto const descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::close(descriptor);
        return descriptor;
    };
    auto const before = next_free();
    BOOST_CHECK_THROW(open("."), std::system_error);
    BOOST_TEST(next_free() == before);
}

BOOST_AUTO_TEST_CASE(stop_ends_a_read_that_waits_on_a_pipe) {
    BOOST_REQUIRE_EQUAL(::mkfifo((directory / "pipe").c_str(), 0600), 0);
    auto const writer = ::open((directory / "pipe").c_str(), O_RDWR);
    BOOST_REQUIRE_GE(writer, 0);
    auto stream = open("pipe");
    BOOST_REQUIRE_EQUAL(::write(writer, "abc", 3), 3);
    start(stream);
    BOOST_TEST(text == "abc");
    BOOST_TEST(!ended);
    stream.stop();
    time.settle();
    BOOST_TEST(ended);
    BOOST_TEST(!problem);
    ::close(writer);
}

BOOST_AUTO_TEST_SUITE_END()
