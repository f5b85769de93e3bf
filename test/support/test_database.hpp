#pragma once

#include "sql/rule_database.hpp"
#include "support/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cstdlib>
#include <iosfwd>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace rulehost {

inline std::ostream& operator<<(std::ostream& out, database_kind kind) {
    constexpr char const* names[] = {"sqlite", "postgresql", "mariadb"};
    return out << names[static_cast<int>(kind)];
}

} // namespace rulehost

namespace rulehost::test {

inline std::vector<database_kind> const every_kind{database_kind::sqlite, database_kind::postgresql,
                                                   database_kind::mysql};

/// The URL of a server that scripts/with_servers started. A missing server is a failure, never a reason to skip.
inline std::string server_url(database_kind kind) {
    char const* const name = kind == database_kind::postgresql ? "RULEHOST_TEST_POSTGRESQL" : "RULEHOST_TEST_MARIADB";
    char const* const url = std::getenv(name);
    BOOST_REQUIRE_MESSAGE(url, name << " is not set: run the test under scripts/with_servers");
    return url;
}

/// An empty database, removed with the test.
class test_database {
public:
    explicit test_database(database_kind kind) : kind_(kind) {
        if (kind == database_kind::sqlite) {
            directory_ = std::make_unique<temporary_directory>();
            url_ = "sqlite:" + (directory_->path() / "rulehost.db").string();
            return;
        }
        static int made = 0;
        name_ = "t" + std::to_string(::getpid()) + "_" + std::to_string(++made);
        administer("CREATE DATABASE " + name_);
        auto const server = server_url(kind);
        url_ = server.substr(0, server.rfind('/') + 1) + name_;
    }
    test_database(test_database const&) = delete;
    test_database& operator=(test_database const&) = delete;
    ~test_database() {
        if (kind_ != database_kind::sqlite)
            administer("DROP DATABASE " + name_ + (kind_ == database_kind::postgresql ? " WITH (FORCE)" : ""));
    }

    database_kind kind() const { return kind_; }
    std::string const& url() const { return url_; }

    /// A plain client connection, as of psql or sqlite3.
    session client() const { return session(parse_database_url(url_)); }

    /// A connection to the server itself.
    void administer(std::string const& statement) const {
        session administrator(parse_database_url(server_url(kind_)));
        administrator.execute(statement);
    }

    /// Ends every connection to the database, like a server that restarts.
    void cut_connections() const {
        session administrator(parse_database_url(server_url(kind_)));
        if (kind_ == database_kind::postgresql) {
            administrator.query(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '" + name_ + "'", 1);
            return;
        }
        for (auto const& row :
             administrator.query("SELECT id FROM information_schema.processlist WHERE db = '" + name_ + "'", 1))
            kill(administrator, row[0].value());
    }

private:
    /// A connection that has already ended is no error.
    static void kill(session& administrator, std::string const& connection) {
        try {
            administrator.execute("KILL " + connection);
        } catch (database_error const& error) {
            if (std::string(error.what()).find("Unknown thread id") == std::string::npos)
                throw;
        }
    }

    database_kind kind_;
    std::unique_ptr<temporary_directory> directory_;
    std::string name_;
    std::string url_;
};

} // namespace rulehost::test
