#include "sql/session/connection_parameters.hpp"

#include "sql/session/call_watch.hpp"

#include <soci/mysql/soci-mysql.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <string>

namespace rulehost {

namespace {

std::string percent_encoded(std::string const& text) {
    return boost::urls::encode(boost::urls::string_view(text.data(), text.size()), boost::urls::unreserved_chars);
}

std::string single_quoted(std::string const& text) {
    std::string quoted = "'";
    for (char const c : text) {
        if (c == '\'' || c == '\\')
            quoted += '\\';
        quoted += c;
    }
    return quoted + "'";
}

} // namespace

soci::connection_parameters connection_parameters(database_url const& url, session_options const& options) {
    switch (url.kind) {
    case database_kind::sqlite: {
        auto const creates = options.access == database_access::create;
        if (creates && !url.in_memory()) {
            if (auto const why = missing_directory_of(url.path); !why.empty())
                throw database_error(database_error::kind::lost, why);
            create_private_file(url.path);
        }
        auto const name = url.in_memory()             ? url.path
            : options.access == database_access::read ? sqlite_uri(url.path, read_mode_of(url.path))
                                                      : sqlite_uri(url.path, creates ? "rwc" : "rw");
        return {soci::sqlite3, "dbname=" + name + " timeout=" + std::to_string(lock_wait_seconds)};
    }
    case database_kind::postgresql: {
        auto text = "postgresql://" + percent_encoded(url.user) + ":" + percent_encoded(url.password) + "@" +
            percent_encoded(url.host) + ":" + std::to_string(url.port) + "/" + percent_encoded(url.database) +
            "?connect_timeout=" + std::to_string(connect_limit.count()) +
            // Detects a server that vanished within seconds, not hours.
            "&tcp_user_timeout=15000&keepalives_idle=10&keepalives_interval=5&application_name=rulehost";
        if (!url.tls.empty())
            text += "&sslmode=" + percent_encoded(url.tls);
        return {soci::postgresql, text};
    }
    case database_kind::mysql: {
        // The client uses its Unix socket for `localhost` and ignores the port.
        auto const host = url.host == "localhost" && url.port != 0 ? std::string("127.0.0.1") : url.host;
        auto text = "host=" + single_quoted(host) + " port=" + std::to_string(url.port) +
            " user=" + single_quoted(url.user) + " db=" + single_quoted(url.database) +
            " charset=utf8mb4 connect_timeout=" + std::to_string(connect_limit.count());
        if (!url.password.empty())
            text += " password=" + single_quoted(url.password);
        if (!url.tls.empty())
            text += " sslca=" + single_quoted(url.tls);
        return {soci::mysql, text};
    }
    }
    throw database_error(database_error::kind::other, "no such database kind");
}

} // namespace rulehost
