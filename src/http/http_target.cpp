#include "http/http_target.hpp"

#include <boost/url/parse.hpp>

#include <stdexcept>

namespace rulehost {

std::string path_below(std::string_view base, std::string_view below) {
    while (base.ends_with('/'))
        base.remove_suffix(1);
    return std::string(base).append(below);
}

http_target http_target::parse(std::string_view url) {
    return parse(url, {});
}

http_target http_target::parse(std::string_view url, std::string_view default_port) {
    auto const parsed = boost::urls::parse_uri({url.data(), url.size()});
    if (!parsed || parsed->host().empty() || (parsed->scheme() != "http" && parsed->scheme() != "https") ||
        parsed->has_userinfo() || parsed->has_fragment())
        throw std::invalid_argument(
            "an HTTP address is http://host[:port]/path or https://host[:port]/path, without a user");
    http_target to;
    to.encrypted = parsed->scheme() == "https";
    to.host = parsed->host_type() == boost::urls::host_type::ipv6 ? parsed->host_address() : parsed->host();
    if (parsed->has_port())
        to.port = std::string(parsed->port());
    else if (!default_port.empty())
        to.port = default_port;
    else
        to.port = to.encrypted ? "443" : "80";
    to.path = std::string(parsed->encoded_path());
    if (to.path.empty())
        to.path = "/";
    if (parsed->has_query())
        to.path.append("?").append(std::string(parsed->encoded_query()));
    return to;
}

std::string http_target::authority() const {
    auto const is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "[" + host + "]" : host) + ":" + port;
}

} // namespace rulehost
