#include "output/syslog_target.hpp"

#include <boost/url/parse.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace rulehost {

namespace {

struct known_transport {
    std::string_view scheme;
    syslog_target::transport how;
    std::string_view port;
};

constexpr std::array<known_transport, 3> transports{{{"udp", syslog_target::transport::udp, "514"},
                                                     {"tcp", syslog_target::transport::tcp, "601"},
                                                     {"tls", syslog_target::transport::tls, "6514"}}};

} // namespace

syslog_target syslog_target::parse(std::string_view url) {
    auto const parsed = boost::urls::parse_uri({url.data(), url.size()});
    auto const found = parsed
        ? std::ranges::find(transports, std::string_view(parsed->scheme()), &known_transport::scheme)
        : transports.end();
    if (found == transports.end() || parsed->host().empty() || parsed->has_userinfo() || parsed->has_query() ||
        parsed->has_fragment() || !parsed->encoded_path().empty())
        throw std::invalid_argument("syslog takes udp://host[:port], tcp://host[:port] or tls://host[:port]");
    syslog_target to;
    to.how = found->how;
    to.host = parsed->host_type() == boost::urls::host_type::ipv6 ? parsed->host_address() : parsed->host();
    to.port = parsed->has_port() ? std::string(parsed->port()) : std::string(found->port);
    return to;
}

} // namespace rulehost
