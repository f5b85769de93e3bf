#include "nats/jetstream.hpp"

#include "text/number.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;
namespace json = boost::json;

json::object read_jetstream_answer(std::string_view subject, std::string_view payload) {
    auto const failed = [&](std::string_view reason, int code = 0) {
        return nats_error("JetStream: " + std::string(subject) + ": " + std::string(reason), code);
    };
    boost::system::error_code problem;
    auto parsed = json::parse(payload, problem);
    if (problem || !parsed.is_object())
        throw failed("the answer is not a JSON object");
    auto& object = parsed.as_object();
    if (auto const* const error = object.if_contains("error"); error && error->is_object()) {
        auto const* const code = error->as_object().if_contains("err_code");
        auto const* const text = error->as_object().if_contains("description");
        throw failed(text && text->is_string() ? std::string_view(text->as_string()) : "refused",
                     code && code->is_int64() ? static_cast<int>(code->as_int64()) : 1);
    }
    return std::move(object);
}

asio::awaitable<json::object> ask_jetstream(nats_connection& connection, std::string what, json::object with) {
    nats_message question;
    question.subject = "$JS.API." + what;
    if (!with.empty())
        question.payload = json_text(with);
    return ask_stream(connection, std::move(question), nats_connection::default_timeout);
}

asio::awaitable<json::object> ask_stream(nats_connection& connection, nats_message message,
                                         std::chrono::milliseconds timeout) {
    auto const what = message.subject;
    auto const answer = co_await connection.request(std::move(message), timeout);
    co_return read_jetstream_answer(what, answer.payload);
}

std::optional<std::int64_t> number_in(json::object const& object, std::string_view key) {
    auto const* const value = object.if_contains(key);
    boost::system::error_code problem;
    auto const number = value ? value->to_number<std::int64_t>(problem) : 0;
    return value && !problem ? std::optional(number) : std::nullopt;
}

bool is_jetstream_name(std::string_view text) {
    return !text.empty() && text.size() <= 255 && std::ranges::all_of(text, [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte < 0x7F && c != '.' && c != '*' && c != '>' && c != '/' && c != '\\';
    });
}

asio::awaitable<void> ensure_stream(nats_connection& connection, jetstream_stream const& stream) {
    bool missing = false;
    json::object const nothing;
    try {
        co_await ask_jetstream(connection, "STREAM.INFO." + stream.name, nothing);
    } catch (nats_error const& error) {
        if (error.code() != stream_not_found)
            throw;
        missing = true;
    }
    if (!missing)
        co_return;
    bool const is_bucket = stream.layout == jetstream_stream::kind::bucket;
    json::object configuration{{"name", stream.name},
                               {"subjects", json::array(stream.subjects.begin(), stream.subjects.end())},
                               {"retention", "limits"},
                               {"storage", "file"},
                               {"discard", is_bucket ? "new" : "old"},
                               {"allow_rollup_hdrs", is_bucket},
                               {"allow_direct", is_bucket},
                               {"max_consumers", -1},
                               {"max_msgs", -1},
                               {"max_bytes", -1},
                               {"max_age", stream.max_age.count()},
                               {"max_msgs_per_subject", stream.max_per_subject},
                               {"max_msg_size", -1},
                               {"num_replicas", 1},
                               {"duplicate_window", stream.duplicate_window.count()}};
    co_await ask_jetstream(connection, "STREAM.CREATE." + stream.name, std::move(configuration));
}

std::optional<delivery> parse_delivery(std::string_view reply) {
    // $JS.ACK.<stream>.<consumer>.<delivered>.<stream sequence>.<consumer sequence>.<time>.<pending>, and from newer
    // servers with <domain>.<account> after ACK and more tokens at the end.
    if (!reply.starts_with("$JS.ACK."))
        return std::nullopt;
    std::array<std::string_view, 13> tokens;
    std::size_t count = 0;
    for (std::size_t begin = 0; begin != reply.npos && count < tokens.size();) {
        auto const end = reply.find('.', begin);
        tokens[count++] = reply.substr(begin, end == reply.npos ? end : end - begin);
        begin = end == reply.npos ? end : end + 1;
    }
    if (count != 9 && count < 11)
        return std::nullopt;
    std::size_t const first = count == 9 ? 4 : 6;
    auto const times = parse_number<std::uint64_t>(tokens[first]);
    auto const sequence = parse_number<std::uint64_t>(tokens[first + 1]);
    auto const stored_at = parse_number<std::int64_t>(tokens[first + 3]);
    if (!times || !sequence || !stored_at)
        return std::nullopt;
    return delivery{.of = {.sequence = *sequence, .stored_at = *stored_at}, .times = *times};
}

} // namespace rulehost
