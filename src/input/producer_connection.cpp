#include "input/producer_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <optional>
#include <string>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr std::size_t bytes_per_socket_read = 64 * 1024;

} // namespace

asio::awaitable<void> producer_connection::read(std::function<void()> offer) {
    for (bool more = true; more || !builder_.is_empty();) {
        while (!builder_.is_full()) {
            auto const line = framer_.next();
            if (!line)
                break;
            builder_.add(*line);
        }
        if (!builder_.is_empty()) {
            offer();
            while (!builder_.is_empty())
                co_await taken_.until(std::nullopt);
            continue;
        }
        boost::system::error_code ended;
        auto const buffer = framer_.prepare(bytes_per_socket_read);
        std::size_t count = 0;
        if (!stopped_)
            count = co_await socket_.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                                     asio::redirect_error(asio::use_awaitable, ended));
        if (stopped_) { // the producer resends these bytes, which are not acknowledged
            more = false;
            continue;
        }
        framer_.commit(count);
        more = count > 0;
        if (!more) {
            if (auto const line = framer_.last())
                builder_.add(*line);
        }
    }
    read_ended_ = true;
    progress_.interrupt();
}

event_batch producer_connection::take(std::uint64_t number) {
    auto batch = builder_.take(number);
    batch.bytes = batch.memory.size() + batch.lines.size();
    taken_lines_ += batch.lines.size();
    taken_.interrupt();
    return batch;
}

void producer_connection::set_durable(std::uint64_t lines) {
    durable_ = lines;
    progress_.interrupt();
}

asio::awaitable<void> producer_connection::acknowledge() {
    std::uint64_t acknowledged = 0;
    for (;;) {
        if (acknowledged < durable_) {
            acknowledged = durable_;
            auto const text = "{\"acknowledged\": " + std::to_string(acknowledged) + "}\n";
            boost::system::error_code gone;
            co_await asio::async_write(socket_, asio::buffer(text), asio::redirect_error(asio::use_awaitable, gone));
            if (gone)
                co_return;
        } else if (read_ended_ && durable_ == taken_lines_) {
            co_return;
        } else {
            co_await progress_.until(std::nullopt);
        }
    }
}

void producer_connection::stop() {
    stopped_ = true;
    boost::system::error_code ignored;
    // Ends a pending read; writes continue.
    socket_.shutdown(asio::local::stream_protocol::socket::shutdown_receive, ignored);
}

} // namespace rulehost
