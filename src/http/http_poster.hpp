#pragma once

#include "http/http_target.hpp"

#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace rulehost {

struct http_poster_options {
    http_target to;
    std::string authorization; ///< the header; empty: none
    std::string user_agent = "rulehost";
    std::filesystem::path ca_file;      ///< PEM; empty: the authorities of the system
    std::size_t max_answer = 64 * 1024; ///< bytes of its body; the rest is not read
};

struct http_answer {
    unsigned status = 0;                 ///< 0: no answer
    std::string problem;                 ///< the reason for no answer
    std::optional<duration> retry_after; ///< the pause that the server requests; empty: none
    std::string body;                    ///< the part received
};

/// Sends HTTP requests, each over a connection of its own; by TLS 1.2 or above to a server with a valid certificate for
/// its name. Used on `executor`, by one coroutine at a time.
class http_poster {
public:
    /// Reads the certificates. Throws std::runtime_error if they cannot be read.
    http_poster(boost::asio::any_io_executor executor, time_source& time, http_poster_options options);

    /// Sends a POST and returns the answer with any status; none after `time_limit`, which includes connecting.
    /// Cancellation ends it with `operation_aborted`.
    boost::asio::awaitable<http_answer> post(std::string content_type, std::string body, duration time_limit);

private:
    struct request;

    boost::asio::awaitable<void> exchange(request const& what, http_answer& answer) const;
    template <class Stream>
    boost::asio::awaitable<void> send_and_receive(Stream& stream, request const& what, http_answer& answer) const;

    boost::asio::any_io_executor executor_;
    time_source& time_;
    http_poster_options options_;
    mutable std::optional<boost::asio::ssl::context> tls_; ///< empty: the target is not encrypted
};

} // namespace rulehost
