#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <filesystem>
#include <string>

namespace rulehost {

/// Settings of TLS 1.2 or above for a client that checks certificates. `ca_file`: PEM; empty: the authorities of the
/// system. Throws std::runtime_error if they cannot be read.
boost::asio::ssl::context make_tls_client(std::filesystem::path const& ca_file);

/// Performs the handshake with a server whose certificate must be valid for `host`, a name or an address. Throws
/// system_error.
boost::asio::awaitable<void> shake_hands(boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>& stream,
                                         std::string const& host);

} // namespace rulehost
