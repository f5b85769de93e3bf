#pragma once

#include "sql/session/call_watch.hpp"
#include "sql/session/dialect.hpp"
#include "sql/session/sqlite_file.hpp"
#include "text/number.hpp"

#include <rulehost/database_access.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rulehost {

/// A rejection or failure of a database. `kind` determines the reaction.
class database_error : public std::runtime_error {
public:
    enum class kind {
        lost,      ///< the connection is gone
        moved,     ///< the file of SQLite was deleted, or replaced by a file that is no store
        in_doubt,  ///< the connection was lost during a commit, whose outcome is unknown
        busy,      ///< another process holds a lock for too long
        collision, ///< a deadlock or a race with another writer: retry the transaction
        read_only,
        full,        ///< no space left
        unsupported, ///< the tables belong to a newer, incompatible version
        other,
    };

    database_error(kind what_kind, std::string const& message) : std::runtime_error(message), kind_(what_kind) {}
    kind what_kind() const { return kind_; }

private:
    kind kind_;
};

/// Parameter of a statement, or cell of a row: numbers are bound as numbers, everything is read as text,
/// so that any value that was written by hand arrives and is checked in one place.
using sql_value = std::variant<std::monostate, std::string, std::int64_t, double>;
using sql_row = std::vector<std::optional<std::string>>;

/// The number in a cell; 0 for NULL and malformed text.
template <class Number>
Number number_in(std::optional<std::string> const& cell) {
    return cell ? parse_number<Number>(*cell).value_or(0) : 0;
}

/// The time in a cell of a dialect's `time_text`; empty for NULL and malformed text.
inline std::optional<time_point> time_in(std::optional<std::string> const& cell) {
    auto const read = parse_time(cell.value_or(""));
    return read ? std::optional(*read) : std::nullopt;
}

struct session_options {
    database_access access = database_access::create;
    enum class deadlines { usual, none } calls = deadlines::usual; ///< none: of a call that may take hours
    std::shared_ptr<call_watch> watch = {};                        ///< null: makes its own
    bool requires_store = false; ///< rejects a file that is no store before a setting changes it
};

/// One connection. Blocking; used by one thread at a time. Throws std::bad_alloc and database_error; of kind `other`,
/// with the connection alive, for a statement over the server's size limit; of kind `lost` if a statement was
/// not answered within the limit of the watch.
class session {
public:
    /// Connects within `connect_limit` per address. Rejects a server of another kind. A file of SQLite that is created here can be
    /// read by its owner only. A read-only file stays unchanged, with all files beside it except the two of its log.
    explicit session(database_url const& url, session_options const& options = {});
    session(session&&) noexcept;
    session& operator=(session&&) noexcept;
    ~session();

    rulehost::dialect const& dialect() const { return *dialect_; }

    /// Runs a statement with `:1`, `:2`, ... for its values, each once and in that order. Returns the number of
    /// affected rows.
    std::int64_t execute(std::string_view statement, std::vector<sql_value> const& values = {});

    /// Runs a query and returns its rows of `columns` columns.
    std::vector<sql_row> query(std::string_view statement, std::size_t columns,
                               std::vector<sql_value> const& values = {});

    /// Prepares a statement and runs it for each of `rows` rows. `fill` gets the number of the row and puts a value
    /// into each place; a place keeps the type of the first row, and may be NULL if that is text. Returns the numbers
    /// of the rows that affected a row of the database.
    std::vector<std::size_t> execute_each(
        std::string_view statement, std::size_t rows,
        std::function<void(std::size_t row, std::vector<sql_value>& values)> const& fill);

    /// Maximum bytes of a statement including its values.
    std::size_t max_statement_size() const;

    /// SQLite: the file that is open; null on other databases, and in memory.
    open_file* file() const;

    /// PostgreSQL: the connection's libpq handle (`PGconn*`), for notifications.
    void* postgresql_handle();

    /// Whether a statement timed out; then the session is unusable.
    bool timed_out() const;

    /// Lifts the time limit of statements during its lifetime, for a migration. Outlived by its session.
    class without_limit {
    public:
        explicit without_limit(session& which);
        without_limit(without_limit const&) = delete;
        without_limit& operator=(without_limit const&) = delete;
        ~without_limit();

    private:
        session& which_;
        call_watch::clock::duration former_{};
        std::string servers_; ///< the server's own limit; empty: none
    };

private:
    void set(std::string_view setting);

    class implementation;
    std::unique_ptr<implementation> implementation_;
    rulehost::dialect const* dialect_;
};

/// Throws database_error unless a server of that `VERSION()` is MariaDB: MySQL lacks what the tables and inserts need.
void require_mariadb(std::string_view version);

/// A transaction, rolled back unless committed. Outlived by its session.
class transaction {
public:
    enum class purpose { read, write };

    transaction(rulehost::session& session, purpose use);
    transaction(transaction const&) = delete;
    transaction& operator=(transaction const&) = delete;
    ~transaction();

    void commit();

private:
    session* session_;
};

} // namespace rulehost
