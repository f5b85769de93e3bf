#include "nats/nats_publisher.hpp"

#include "nats/jetstream.hpp"
#include "text/number.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// One call of `publish`.
class publication {
public:
    publication(nats_connection& connection, std::span<outgoing_message const> messages,
                asio::any_io_executor const& executor)
        : connection_(connection),
          messages_(messages),
          settled_(messages.size(), false),
          changed_(executor, asio::steady_timer::time_point::max()),
          inbox_(connection.open_inbox([this](nats_message answer) { answered(answer); },
                                       [this] { fail("connection lost"); })) {}

    /// Sends until `max_in_flight` are on their way.
    void send_more(std::size_t max_in_flight) {
        std::vector<nats_message> sent;
        for (; next_ < messages_.size() && in_flight_ < max_in_flight; ++next_, ++in_flight_) {
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

    /// When it is done: those that are not stored. Without any that is, those whose own fault it may not be are the failure.
    std::vector<refused_message> take_refused() {
        if (!doubtful_.empty() && stored_ == 0) {
            auto const& first = doubtful_.front();
            fail(messages_[first.index].topic + ": " + first.reason);
            return {};
        }
        std::ranges::move(doubtful_, std::back_inserter(refused_));
        std::ranges::sort(refused_, {}, &refused_message::index);
        return std::move(refused_);
    }

    /// Returns when something has been answered, or nothing was for `timeout`.
    asio::awaitable<void> changed(std::chrono::milliseconds timeout) {
        auto const cancelled = co_await asio::this_coro::cancellation_state;
        changed_.expires_after(timeout);
        boost::system::error_code outcome;
        co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, outcome));
        if (cancelled.cancelled() != asio::cancellation_type::none)
            throw boost::system::system_error(asio::error::operation_aborted);
        if (!outcome)
            give_up_waiting();
    }

private:
    enum class fault { of_the_message, doubtful };

    void answered(nats_message const& answer) {
        auto const last = std::string_view(answer.subject).substr(answer.subject.rfind('.') + 1);
        auto const index = parse_number<std::size_t>(last).value_or(messages_.size());
        if (index >= messages_.size() || settled_[index])
            return;
        if (answer.status == 503)
            refuse(index, fault::doubtful, "no stream takes it");
        else if (answer.status != 0)
            refuse(index, fault::of_the_message, answer.description);
        else
            read_acknowledgement(index, answer.payload);
        settle(index); // last: what there was no memory for has no answer yet
        changed_.cancel();
    }

    void read_acknowledgement(std::size_t index, std::string const& payload) {
        boost::system::error_code problem;
        auto const parsed = json::parse(payload, problem);
        auto const* const object = problem ? nullptr : parsed.if_object();
        auto const* const error = object ? object->if_contains("error") : nullptr;
        if (error && error->is_object()) {
            auto const* const text = error->get_object().if_contains("description");
            auto const* const code = error->get_object().if_contains("err_code");
            auto const too_large = code && (*code == message_too_large || *code == headers_too_large);
            refuse(index, too_large ? fault::of_the_message : fault::doubtful,
                   text && text->is_string() ? std::string(text->get_string()) : "refused");
        } else if (object && object->contains("stream")) {
            ++stored_;
        } else {
            refuse(index, fault::doubtful, "acknowledged by something that is no stream");
        }
    }

    void settle(std::size_t index) {
        settled_[index] = true;
        --in_flight_;
    }

    void refuse(std::size_t index, fault whose, std::string reason) {
        (whose == fault::doubtful ? doubtful_ : refused_).push_back({index, std::move(reason)});
    }

    /// A server says nothing to whoever may not publish on a subject.
    void give_up_waiting() {
        if (stored_ == 0) {
            fail("no acknowledgement in time");
            return;
        }
        for (std::size_t index = 0; index < next_; ++index) {
            if (!settled_[index]) {
                refuse(index, fault::doubtful, "no acknowledgement, as others have it");
                settle(index);
            }
        }
    }

    void fail(std::string why) {
        if (failure_.empty())
            failure_ = std::move(why);
        changed_.cancel();
    }

    nats_connection& connection_;
    std::span<outgoing_message const> messages_;
    std::vector<bool> settled_; ///< stored or refused
    std::size_t next_ = 0;
    std::size_t in_flight_ = 0;
    std::size_t stored_ = 0;
    std::vector<refused_message> refused_;
    std::vector<refused_message> doubtful_; ///< refused, perhaps for the broker's fault
    std::string failure_;
    asio::steady_timer changed_;
    nats_inbox inbox_;
};

} // namespace

nats_publisher::nats_publisher(nats_connection& connection, nats_publisher_options options)
    : connection_(connection), options_(std::move(options)) {}

asio::awaitable<std::vector<refused_message>> nats_publisher::publish(std::span<outgoing_message const> messages) {
    std::vector<refused_message> refused;
    if (messages.empty())
        co_return refused;
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
        sending.send_more(options_.max_in_flight);
        if (!sending.is_done()) {
            co_await sending.changed(options_.timeout);
            continue;
        }
        refused = sending.take_refused();
        if (sending.failure().empty())
            co_return refused;
    }
    ready_link_ = 0; // the stream may be gone
    throw nats_error("NATS: publishing failed: " + sending.failure());
}

} // namespace rulehost
