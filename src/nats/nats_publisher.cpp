#include "nats/nats_publisher.hpp"

#include "async/notification.hpp"
#include "nats/jetstream.hpp"
#include "nats/publish_flight.hpp"
#include "text/number.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace rulehost {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// One call of `publish`: executes the steps of its flight.
class publication {
public:
    publication(nats_connection& connection, std::span<outgoing_message const> messages, std::size_t max_in_flight)
        : connection_(connection),
          messages_(messages),
          flight_(messages.size(), max_in_flight),
          inbox_(connection.open_inbox([this](nats_message answer) { answered(answer); }, [this] { link_lost(); })) {}

    /// Throws nats_error if it fails as a whole.
    asio::awaitable<std::vector<refused_message>> run(std::chrono::milliseconds timeout) {
        for (;;) {
            auto const step = flight_.next();
            switch (step.what) {
            case publish_flight::action::send:
                send(step.first, step.last);
                break;
            case publish_flight::action::wait:
                co_await change(timeout);
                break;
            case publish_flight::action::end:
                co_return flight_.take_refused();
            case publish_flight::action::fail:
                throw nats_error("NATS: publishing failed: " +
                                 (flight_.culprit() ? messages_[*flight_.culprit()].topic + ": " : "") + flight_.why());
            }
        }
    }

private:
    using fault = publish_flight::fault;

    void send(std::size_t first, std::size_t last) {
        std::vector<nats_message> sent;
        for (auto index = first; index != last; ++index) {
            auto& added = sent.emplace_back();
            added.subject = messages_[index].topic;
            added.payload = messages_[index].payload;
            added.reply = inbox_.subject() + "." + std::to_string(index);
            added.headers.emplace_back("Nats-Msg-Id", messages_[index].id);
        }
        connection_.send(std::move(sent));
    }

    /// Returns after an answer, or after `timeout` without one.
    asio::awaitable<void> change(std::chrono::milliseconds timeout) {
        bool const has_changed = co_await changed_.wait_for(timeout); // named: g++ 12 builds a bare condition wrong
        if (!has_changed)
            flight_.silent();
    }

    void link_lost() {
        flight_.fail("connection lost");
        changed_.notify();
    }

    void answered(nats_message const& answer) {
        auto const last = std::string_view(answer.subject).substr(answer.subject.rfind('.') + 1);
        auto const index = parse_number<std::size_t>(last).value_or(messages_.size());
        if (!flight_.is_open(index))
            return;
        if (answer.status == 503)
            refuse(index, fault::doubtful, "no stream takes it");
        else if (answer.status != 0)
            refuse(index, fault::of_the_message, answer.description);
        else
            read_acknowledgement(index, answer.payload);
        changed_.notify();
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
            flight_.stored(index);
        } else {
            refuse(index, fault::doubtful, "acknowledged by something that is not a stream");
        }
    }

    void refuse(std::size_t index, fault whose, std::string reason) {
        flight_.refused(index, whose, std::move(reason));
    }

    nats_connection& connection_;
    std::span<outgoing_message const> messages_;
    publish_flight flight_;
    notification changed_;
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
    auto const link = std::exchange(ready_link_, 0); // after a failure, the stream is checked again
    publication sending(connection_, messages, options_.max_in_flight);
    refused = co_await sending.run(options_.timeout);
    ready_link_ = link;
    co_return refused;
}

} // namespace rulehost
