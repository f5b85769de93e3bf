#pragma once

#include "nats/nats_connection.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

// Requests to JetStream in JSON on `$JS.API.*` (https://docs.nats.io/reference/reference-protocols/nats_api_reference).

/// JetStream's own error codes.
inline constexpr int stream_not_found = 10059;
inline constexpr int consumer_not_found = 10014;
inline constexpr int wrong_last_sequence = 10071;
inline constexpr int message_too_large = 10054; ///< for the stream
inline constexpr int headers_too_large = 10097;

/// Sends a request on `subject` and returns the object of the answer. Throws nats_error, with JetStream's code if it
/// rejects.
boost::json::object read_jetstream_answer(std::string_view subject, std::string_view payload);

/// Sends a request below `$JS.API.` and returns the answer. Throws nats_error, with JetStream's code if it rejects.
boost::asio::awaitable<boost::json::object> ask_jetstream(nats_connection& connection, std::string what,
                                                          boost::json::object with);

/// Publishes a message with `message.headers` and returns the stream's answer: `stream`, `seq`. Throws as above.
boost::asio::awaitable<boost::json::object> ask_stream(nats_connection& connection, nats_message message,
                                                       std::chrono::milliseconds timeout);

/// The number at `key`. Empty: no whole number in range.
std::optional<std::int64_t> number_in(boost::json::object const& object, std::string_view key);

/// Whether `text` is a valid name of a stream or a consumer.
bool is_jetstream_name(std::string_view text);

/// Configuration of a stream to create if missing.
struct jetstream_stream {
    enum class kind { plain, bucket /* of the key-value store */ };

    std::string name;
    std::vector<std::string> subjects;
    std::chrono::nanoseconds duplicate_window{};
    std::chrono::nanoseconds max_age{}; ///< zero: messages stay
    std::int64_t max_per_subject = -1;  ///< -1: any number
    kind layout = kind::plain;
};

/// Creates the stream if missing; does not change an existing one of that name. Throws nats_error.
boost::asio::awaitable<void> ensure_stream(nats_connection& connection, jetstream_stream const& stream);

/// Identity of a message: a stream that is deleted and made again uses its sequences again, for messages of later times.
struct stream_place {
    std::uint64_t sequence = 0; ///< in the stream
    std::int64_t stored_at = 0; ///< by the clock of the server, in nanoseconds since 1970

    friend auto operator<=>(stream_place const&, stream_place const&) = default;
};

/// Fields of the acknowledgement subject of a stream message.
struct delivery {
    stream_place of;
    std::uint64_t times = 0; ///< deliveries so far, including this one
};

/// Empty: `reply` is not such a subject.
std::optional<delivery> parse_delivery(std::string_view reply);

} // namespace rulehost
