#include "http/tls_client.hpp"

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <openssl/ssl.h>

#include <stdexcept>

namespace rulehost {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

ssl::context make_tls_client(std::filesystem::path const& ca_file) {
    ssl::context tls(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    tls.set_verify_mode(ssl::verify_peer);
    boost::system::error_code problem;
    if (ca_file.empty())
        tls.set_default_verify_paths(problem);
    else
        tls.load_verify_file(ca_file.string(), problem);
    if (problem)
        throw std::runtime_error("the certificates of authorities cannot be read" +
                                 (ca_file.empty() ? "" : ": " + ca_file.string()) + ": " + problem.message());
    return tls;
}

asio::awaitable<void> shake_hands(ssl::stream<asio::ip::tcp::socket&>& stream, std::string const& host) {
    stream.set_verify_callback(ssl::host_name_verification(host));
    SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
    co_await stream.async_handshake(ssl::stream_base::client, asio::use_awaitable);
}

} // namespace rulehost
