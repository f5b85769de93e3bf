#pragma once

#include "output/syslog_message.hpp"
#include "output/syslog_target.hpp"
#include "output/tag_receiver.hpp"

#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace rulehost {

struct syslog_options {
    syslog_target to;
    syslog_format format = syslog_format::json;
    std::filesystem::path ca_file; ///< PEM; empty: the authorities of the system
    std::string host;              ///< the machine that sends, in each message
};

/// Sends a message of RFC 5424 about each tag: as a datagram, or in a connection of its own for each batch. Syslog has
/// no acknowledgements: if the other side closes the connection after this side, it has read everything; a connection
/// that breaks before that is a failure. One that stays open counts as read after two seconds.
class syslog_receiver final : public tag_receiver {
public:
    /// Reads the certificates. Throws std::runtime_error where they cannot be read.
    syslog_receiver(boost::asio::any_io_executor executor, time_source& time, syslog_options options);

    std::size_t max_tags() const override { return 256; }
    boost::asio::awaitable<std::string> send(std::span<tag const> tags) override;

private:
    boost::asio::awaitable<void> deliver(std::span<tag const> tags, std::string& problem) const;
    boost::asio::awaitable<void> send_datagrams(std::span<tag const> tags) const;
    boost::asio::awaitable<void> send_stream(std::string frames) const;
    template <class Stream>
    boost::asio::awaitable<void> read_to_end(Stream& stream) const;
    std::string message(tag const& about) const;

    boost::asio::any_io_executor executor_;
    time_source& time_;
    syslog_options options_;
    mutable std::optional<boost::asio::ssl::context> tls_; ///< empty: not encrypted
};

} // namespace rulehost
