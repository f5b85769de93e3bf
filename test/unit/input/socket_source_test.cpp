#include "input/socket_source.hpp"

#include "input/batch_builder.hpp"

#include "support/temporary_directory.hpp"
#include "support/virtual_loop.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <fstream>
#include <map>
#include <string>
#include <vector>

using namespace rulehost;
namespace asio = boost::asio;
using asio::local::stream_protocol;

namespace {

/// A producer that never waits: its lines fit into the socket.
class producer {
public:
    producer(asio::io_context& loop, std::filesystem::path const& path) : socket_(loop) {
        socket_.connect(stream_protocol::endpoint(path.string()));
        socket_.non_blocking(true);
    }

    void send(std::string const& text) { asio::write(socket_, asio::buffer(text)); }
    void finish() { socket_.shutdown(stream_protocol::socket::shutdown_send); }
    void vanish() { socket_.close(); }

    /// The lines received so far.
    std::string received() {
        std::string text(4096, '\0');
        boost::system::error_code error;
        text.resize(socket_.read_some(asio::buffer(text), error));
        ended = error == asio::error::eof;
        return text;
    }

    bool ended = false;

private:
    stream_protocol::socket socket_;
};

struct listening : test::virtual_loop {
    listening() { options.path = directory / "events.sock"; }
    ~listening() { end(); }

    void start() {
        source = std::make_unique<socket_source>(loop.get_executor(), time, options);
        running = true;
        asio::co_spawn(loop, source->run(), [this](std::exception_ptr e) {
            problem = e;
            running = false;
        });
        time.settle();
    }

    void end() {
        if (!source)
            return;
        source->stop();
        while (next())
            acknowledge();
        time.advance(std::chrono::seconds{2});
        BOOST_TEST(!running);
        source.reset();
    }

    /// The next batch, if there is one, as text.
    std::optional<std::string> next() {
        std::optional<event_batch> batch;
        bool done = false;
        asio::cancellation_signal cancel;
        asio::co_spawn(
            loop, source->next(),
            asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, std::optional<event_batch> found) {
                batch = std::move(found);
                done = true;
            }));
        time.settle();
        if (!done) {
            cancel.emit(asio::cancellation_type::terminal);
            time.settle();
        }
        if (!batch)
            return {};
        std::string text;
        for (auto const& each : batch->lines)
            text += std::string(each.text) + "\n";
        taken = batch->number;
        return text;
    }

    void acknowledge() {
        source->acknowledge(taken);
        time.settle();
    }

    test::temporary_directory directory;
    socket_source_options options;
    std::unique_ptr<socket_source> source;
    std::uint64_t taken = 0;
    bool running = false;
    std::exception_ptr problem;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(socket_sources, listening)

BOOST_AUTO_TEST_CASE(producer_learns_how_many_of_its_lines_are_durable) {
    start();
    producer one(loop, options.path);
    one.send("a\nb\nc");
    BOOST_TEST(next().value() == "a\nb\n");
    BOOST_TEST(one.received() == "");
    acknowledge();
    BOOST_TEST(one.received() == "{\"acknowledged\": 2}\n");
    one.send("c\n");
    BOOST_TEST(next().value() == "cc\n");
    acknowledge();
    BOOST_TEST(one.received() == "{\"acknowledged\": 3}\n");
}

BOOST_AUTO_TEST_CASE(producer_that_finishes_gets_its_last_acknowledgement_and_then_the_end) {
    start();
    producer one(loop, options.path);
    one.send("a\nlast");
    one.finish();
    std::string text;
    while (auto const more = next()) {
        text += *more;
        BOOST_TEST(one.received().find("2}") == std::string::npos);
        acknowledge();
    }
    BOOST_TEST(text == "a\nlast\n");
    BOOST_TEST(one.received().find("{\"acknowledged\": 2}\n") != std::string::npos);
    one.received();
    BOOST_TEST(one.ended);
}

BOOST_AUTO_TEST_CASE(producers_take_turns) {
    start();
    producer loud(loop, options.path);
    producer quiet(loop, options.path);
    std::string much;
    for (std::size_t i = 0; i != 3 * batch_builder::max_lines; ++i)
        much += "loud\n";
    loud.send(much);
    quiet.send("quiet\n");
    next();
    auto const second = next().value();
    auto const third = next().value();
    BOOST_TEST((second == "quiet\n" || third == "quiet\n"));
    acknowledge();
    acknowledge();
    acknowledge();
}

BOOST_AUTO_TEST_CASE(each_producer_counts_its_own_lines) {
    start();
    producer one(loop, options.path);
    producer two(loop, options.path);
    one.send("1\n");
    BOOST_TEST(next().value() == "1\n");
    two.send("2\n2\n");
    BOOST_TEST(next().value() == "2\n2\n");
    acknowledge();
    BOOST_TEST(one.received() == "{\"acknowledged\": 1}\n");
    BOOST_TEST(two.received() == "");
    acknowledge();
    BOOST_TEST(two.received() == "{\"acknowledged\": 2}\n");
}

BOOST_AUTO_TEST_CASE(producer_that_vanishes_loses_nothing_that_it_sent) {
    start();
    {
        producer one(loop, options.path);
        one.send("a\nb\n");
        one.vanish();
    }
    BOOST_TEST(next().value() == "a\nb\n");
    acknowledge();
    producer two(loop, options.path);
    two.send("c\n");
    BOOST_TEST(next().value() == "c\n");
    acknowledge();
}

BOOST_AUTO_TEST_CASE(one_producer_too_many_gets_an_error_and_is_disconnected) {
    options.max_connections = 1;
    start();
    producer one(loop, options.path);
    time.settle();
    producer two(loop, options.path);
    time.settle();
    BOOST_TEST(two.received() == "{\"error\": \"too many connections\"}\n");
    one.finish();
    time.settle();
    producer three(loop, options.path);
    three.send("x\n");
    BOOST_TEST(next().value() == "x\n");
    acknowledge();
}

BOOST_AUTO_TEST_CASE(line_without_an_end_is_bounded_and_the_next_one_is_whole) {
    start();
    producer one(loop, options.path);
    for (int i = 0; i < 40; ++i) {
        one.send(std::string(32 * 1024, 'x'));
        time.settle();
    }
    one.send("\nshort\n");
    BOOST_TEST(next().value().size() == line_framer::max_line_size + 1); // a batch by itself
    acknowledge();
    BOOST_TEST(next().value() == "short\n");
    acknowledge();
}

BOOST_AUTO_TEST_CASE(stop_hands_out_what_was_read_and_waits_for_its_acknowledgement) {
    start();
    producer one(loop, options.path);
    one.send("a\nb\nunfinished");
    time.settle();
    source->stop();
    BOOST_TEST(next().value() == "a\nb\n");
    BOOST_TEST(!next());
    BOOST_TEST(running);
    acknowledge();
    BOOST_TEST(one.received() == "{\"acknowledged\": 2}\n");
    time.settle();
    BOOST_TEST(!running);
}

BOOST_AUTO_TEST_CASE(socket_of_a_dead_process_is_replaced_and_a_live_one_is_not) {
    start();
    auto second = options;
    BOOST_CHECK_THROW(socket_source(loop.get_executor(), time, second), std::runtime_error);
    end();
    BOOST_TEST(!std::filesystem::exists(options.path));
    { stream_protocol::acceptor left_behind(loop, stream_protocol::endpoint(options.path.string())); }
    BOOST_TEST(std::filesystem::exists(options.path));
    start();
    producer one(loop, options.path);
}

BOOST_AUTO_TEST_CASE(file_at_the_path_is_not_touched) {
    directory.write("events.sock", "precious");
    BOOST_CHECK_THROW(start(), std::runtime_error);
    BOOST_TEST(directory.read("events.sock") == "precious");
}

BOOST_AUTO_TEST_CASE(permissions_are_those_that_were_asked_for) {
    options.permissions = 0620;
    start();
    auto const found = std::filesystem::status(options.path).permissions();
    BOOST_TEST(static_cast<unsigned>(found) == 0620u);
}

BOOST_AUTO_TEST_SUITE_END()
