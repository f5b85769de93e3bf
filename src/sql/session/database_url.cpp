#include "sql/session/database_url.hpp"

#include "text/number.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <stdexcept>

namespace rulehost {

namespace {

[[noreturn]] void refuse(std::string const& why) {
    throw std::invalid_argument("database URL: " + why);
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

database_url parse_sqlite(std::string_view path) {
    if (path.empty())
        refuse("sqlite: needs a path (sqlite:var/rulehost.db) or :memory:");
    if (has_control_character(path))
        refuse("a path must not hold control characters");
    database_url url;
    url.path = path;
    return url;
}

database_url parse_server(std::string_view text, database_kind kind, std::uint16_t default_port,
                          std::string_view tls_parameter) {
    auto const parsed = boost::urls::parse_uri(boost::urls::string_view(text.data(), text.size()));
    if (!parsed)
        refuse("not a valid URL (percent-encode special characters of the user and the password)");
    auto const& view = *parsed;
    database_url url;
    url.kind = kind;
    auto const decoded = [](auto const& part) { return std::string(part.begin(), part.end()); };
    url.host = decoded(view.host_address());
    url.user = decoded(view.user());
    url.password = decoded(view.password());
    if (url.host.empty())
        refuse("the host is missing");
    if (url.user.empty())
        refuse("the user is missing");
    url.port = default_port;
    if (view.has_port()) {
        auto const port = parse_number<std::uint16_t>(decoded(view.port()));
        if (!port || *port == 0)
            refuse("the port is not a number from 1 to 65535");
        url.port = *port;
    } else if (kind == database_kind::mysql && url.host == "localhost") {
        url.port = 0;
    }
    auto const segments = view.segments();
    if (segments.size() != 1 || decoded(segments.front()).empty())
        refuse("the path must be the name of one database");
    url.database = decoded(segments.front());
    for (auto const& parameter : view.params()) {
        if (decoded(parameter.key) != tls_parameter)
            refuse("unknown parameter '" + decoded(parameter.key) + "'; known is " + std::string(tls_parameter));
        url.tls = decoded(parameter.value);
    }
    if (view.has_fragment())
        refuse("a fragment has no meaning");
    for (auto const* const part : {&url.host, &url.user, &url.password, &url.database, &url.tls})
        if (has_control_character(*part))
            refuse("control characters are not allowed");
    return url;
}

} // namespace

std::string database_url::display() const {
    if (kind == database_kind::sqlite)
        return "sqlite:" + path;
    return (kind == database_kind::postgresql ? "postgresql://" : "mariadb://") + user + "@" + host +
        (port == 0 ? "" : ":" + std::to_string(port)) + "/" + database;
}

database_url parse_database_url(std::string_view text) {
    if (text.starts_with("sqlite:"))
        return parse_sqlite(text.substr(7));
    if (text.starts_with("postgresql://"))
        return parse_server(text, database_kind::postgresql, 5432, "sslmode");
    if (text.starts_with("mariadb://") || text.starts_with("mysql://"))
        return parse_server(text, database_kind::mysql, 3306, "sslca");
    refuse("it must start with sqlite:, postgresql:// or mariadb://");
}

} // namespace rulehost
