#include "nats/nats_url.hpp"

#include "nats/jetstream.hpp"
#include "text/number.hpp"

#include <rulehost/time_point.hpp>

#include <boost/url/decode_view.hpp>
#include <boost/url/pct_string_view.hpp>

#include <algorithm>
#include <cstdint>

namespace rulehost {

namespace {

constexpr std::size_t max_partitions = 256;

template <class T>
bool read_number(std::string_view text, T least, T most, T& value) {
    auto const parsed = parse_number<T>(text);
    if (!parsed || *parsed < least || *parsed > most)
        return false;
    value = *parsed;
    return true;
}

/// A duration, or a number of seconds.
bool read_duration(std::string_view text, std::chrono::milliseconds& value) {
    auto const seconds = parse_number<std::uint32_t>(text);
    auto const parsed = seconds ? std::chrono::seconds(*seconds) : parse_duration(text);
    if (!parsed || *parsed < std::chrono::milliseconds{100} || *parsed > std::chrono::days{1})
        return false;
    value = std::chrono::floor<std::chrono::milliseconds>(*parsed);
    return true;
}

/// The error in the value; empty: none.
std::string read_option(std::string_view key, std::string const& value, nats_url& parsed) {
    auto& options = parsed.source;
    if (key == "credentials" || key == "ca" || key == "certificate" || key == "key") {
        auto& to = parsed.connection;
        auto& file = key == "credentials" ? to.credentials
            : key == "ca"                 ? to.ca_file
            : key == "certificate"        ? to.certificate_file
                                          : to.key_file;
        file = value;
        return value.empty() ? "must name a file" : "";
    }
    if (key == "durable") {
        options.durable = value;
        return is_jetstream_name(value) ? "" : "is not a name of a consumer";
    }
    if (key == "subject") {
        options.subject = value;
        bool const printable =
            std::ranges::all_of(value, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; });
        return printable ? "" : "is not a subject";
    }
    if (key == "partitions")
        return read_number<std::size_t>(value, 0, max_partitions, options.partitions) ? "" : "must be 0 to 256";
    if (key == "fetch")
        return read_number<std::size_t>(value, 1, 10'000, options.fetch) ? "" : "must be 1 to 10000";
    if (key == "unacknowledged")
        return read_number<std::size_t>(value, 1, 1'000'000, options.max_unacknowledged) ? "" : "must be 1 to 1000000";
    if (key == "ack_wait")
        return read_duration(value, options.ack_wait) ? "" : "must be 100ms to a day, such as 30s";
    if (key == "lease")
        return read_duration(value, options.lease) ? "" : "must be 100ms to a day, such as 6s";
    return "is unknown; known are durable, subject, partitions, ack_wait, lease, fetch, unacknowledged, credentials, "
           "ca, certificate and key";
}

} // namespace

std::string why_invalid(nats_source_options const& options) {
    if (!is_jetstream_name(options.stream))
        return "names no stream: nats://host:port/STREAM";
    bool const placed = options.subject.find(partition_placeholder) != std::string::npos;
    if (options.partitions > 1 && !placed)
        return "has partitions: its subject must contain {partition}";
    if (options.partitions == 0 && placed)
        return "has {partition} in its subject: set the option partitions";
    return {};
}

boost::system::result<nats_url, std::string> parse_nats_url(std::string_view url) {
    nats_url parsed;
    auto const scheme_end = url.find("://");
    auto const scheme = url.substr(0, scheme_end == url.npos ? 0 : scheme_end + 3);
    if (scheme != "nats://" && scheme != "tls://")
        return std::string("does not begin with nats:// or tls://");
    url.remove_prefix(scheme.size());
    auto const query = url.find('?');
    auto const path = url.substr(0, query).rfind('/'); // a password may hold one
    if (path == url.npos)
        return std::string("names no stream: nats://host:port/STREAM");
    auto servers = url.substr(0, path);
    parsed.source.stream = url.substr(path + 1, query == url.npos ? query : query - path - 1);

    // The account of the first server applies to all.
    auto const at = servers.rfind('@', servers.find(','));
    std::string const account(at == servers.npos ? std::string_view() : servers.substr(0, at + 1));
    if (at != servers.npos)
        servers.remove_prefix(at + 1);
    while (!servers.empty()) {
        auto const comma = servers.find(',');
        auto const host = servers.substr(0, comma);
        if (host.empty())
            return std::string("has an empty server");
        std::string const shared = host.find('@') == host.npos ? account : std::string();
        parsed.connection.servers.push_back(std::string(scheme) + shared + std::string(host));
        servers.remove_prefix(comma == servers.npos ? servers.size() : comma + 1);
    }
    if (parsed.connection.servers.empty())
        return std::string("names no server");
    if (query != url.npos) {
        for (auto rest = url.substr(query + 1); !rest.empty();) {
            auto const each = rest.substr(0, rest.find('&'));
            rest.remove_prefix(std::min(rest.size(), each.size() + 1));
            auto const equals = each.find('=');
            std::string const key(each.substr(0, equals));
            // Subjects hold characters that a URL should escape: accepted while unambiguous.
            auto const value =
                boost::urls::make_pct_string_view(equals == each.npos ? std::string_view() : each.substr(equals + 1));
            if (!value)
                return "has the option " + key + ", which is badly escaped";
            if (auto const why = read_option(key, std::string(value->decode()), parsed); !why.empty())
                return "has the option " + key + ", which " + why;
        }
    }
    if (auto const why = why_invalid(parsed.source); !why.empty())
        return why;
    return parsed;
}

} // namespace rulehost
