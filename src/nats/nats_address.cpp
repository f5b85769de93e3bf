#include "nats/nats_address.hpp"

#include <boost/url/decode_view.hpp>
#include <boost/url/pct_string_view.hpp>

namespace rulehost {

namespace {

std::string decoded(std::string_view text) {
    auto const valid = boost::urls::make_pct_string_view(text);
    return valid ? std::string(valid->decode()) : std::string(text);
}

} // namespace

nats_address parse_nats_address(std::string_view text) {
    nats_address address;
    auto const scheme_end = text.find("://");
    auto const begin = scheme_end == text.npos ? 0 : scheme_end + 3;
    address.scheme = scheme_end == text.npos ? "nats://" : std::string(text.substr(0, begin));
    auto const at = text.rfind('@');
    if (at == text.npos || at < begin) {
        address.host = text.substr(begin);
        return address;
    }
    address.host = text.substr(at + 1);
    auto const account = text.substr(begin, at - begin);
    auto const colon = account.find(':');
    address.user = decoded(account.substr(0, colon));
    if (colon != account.npos)
        address.password = decoded(account.substr(colon + 1));
    return address;
}

} // namespace rulehost
