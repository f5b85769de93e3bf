#include "bus/nats_publisher.hpp"

#include "bus/jetstream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// One call of `publish`.
class publication {
public:
    publication(nats_connection& connection, std::span<outgoing_message const> messages, asio::any_io_executor const& executor)
        : connection_(connection), messages_(messages), acknowledged_(messages.size(), false),
          changed_(executor, asio::steady_timer::time_point::max()),
          inbox_(connection.open_inbox([this](nats_message answer) { answered(answer); }, [this] { fail("connection lost"); })) {}

    /// Sends until `most_in_flight` are on their way.
    void send_more(std::size_t most_in_flight) {
        std::vector<nats_message> sent;
        for (; next_ < messages_.size() && in_flight_ < most_in_flight; ++next_, ++in_flight_) {
            auto& added = sent.emplace_back();
            added.subject = messages_[next_].topic;
            added.payload = messages_[next_].payload;
            added.reply = inbox_.subject() + "." + std::to_string(next_);
            added.headers.emplace_back("Nats-Msg-Id", messages_[next_].id);
        }
        connection_.send(std::move(sent));
    }

    bool is_done() const { return next_ == messages_.size() && in_flight_ == 0; }
    std::string const& failure() const { return failure_; }

    /// Returns when something has been answered, or nothing was for `timeout`.
    asio::awaitable<void> changed(std::chrono::milliseconds timeout) {
        auto const cancelled = co_await asio::this_coro::cancellation_state;
        changed_.expires_after(timeout);
        boost::system::error_code outcome;
        co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, outcome));
        if (cancelled.cancelled() != asio::cancellation_type::none)
            throw boost::system::system_error(asio::error::operation_aborted);
        if (!outcome)
            fail("no acknowledgement in time");
    }

private:
    void answered(nats_message const& answer) {
        std::size_t index = messages_.size();
        auto const dot = answer.subject.rfind('.');
        std::from_chars(answer.subject.data() + dot + 1, answer.subject.data() + answer.subject.size(), index);
        if (index >= messages_.size() || acknowledged_[index])
            return;
        if (auto const why = refusal_in(answer); !why.empty()) {
            fail(messages_[index].topic + ": " + why);
            return;
        }
        acknowledged_[index] = true;
        --in_flight_;
        changed_.cancel();
    }

    static std::string refusal_in(nats_message const& answer) {
        if (answer.status == 503)
            return "no stream takes it";
        if (answer.status != 0)
            return answer.description;
        boost::system::error_code problem;
        auto const parsed = json::parse(answer.payload, problem);
        if (problem || !parsed.is_object())
            return "acknowledged by something that is no stream";
        if (auto const* const error = parsed.as_object().if_contains("error")) {
            auto const* const text = error->is_object() ? error->as_object().if_contains("description") : nullptr;
            return text && text->is_string() ? std::string(text->as_string()) : "refused";
        }
        return parsed.as_object().contains("stream") ? std::string() : "acknowledged by something that is no stream";
    }

    void fail(std::string why) {
        if (failure_.empty())
            failure_ = std::move(why);
        changed_.cancel();
    }

    nats_connection& connection_;
    std::span<outgoing_message const> messages_;
    std::vector<bool> acknowledged_;
    std::size_t next_ = 0;
    std::size_t in_flight_ = 0;
    std::string failure_;
    asio::steady_timer changed_;
    nats_inbox inbox_;
};

} // namespace

nats_publisher::nats_publisher(nats_connection& connection, nats_publisher_options options)
    : connection_(connection), options_(std::move(options)) {}

asio::awaitable<void> nats_publisher::publish(std::span<outgoing_message const> messages) {
    if (messages.empty())
        co_return;
    if (connection_.link() == 0)
        throw nats_error("NATS: no connection");
    if (auto const link = connection_.link(); !options_.stream.empty() && ready_link_ != link) {
        jetstream_stream stream;
        stream.name = options_.stream;
        stream.subjects = options_.subjects;
        stream.duplicate_window = options_.duplicate_window;
        co_await ensure_stream(connection_, stream);
        ready_link_ = link;
    }
    publication sending(connection_, messages, co_await asio::this_coro::executor);
    while (sending.failure().empty()) {
        sending.send_more(options_.most_in_flight);
        if (sending.is_done())
            co_return;
        co_await sending.changed(options_.timeout);
    }
    ready_link_ = 0; // the stream may be gone
    throw nats_error("NATS: publishing failed: " + sending.failure());
}

} // namespace rulehost
