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

/// A database refused or failed. `kind` says what may be done about it.
class database_error : public std::runtime_error {
public:
    enum class kind {
        lost,      ///< the connection is gone
        moved,     ///< the file of SQLite was deleted, or another one that is no store is in its place
        in_doubt,  ///< it went in the middle of a commit, which may or may not be done
        busy,      ///< another one holds a lock for too long
        collision, ///< a deadlock or a race with another writer: the transaction may simply be run again
        read_only,
        full,        ///< no space left
        unsupported, ///< the tables were made by a newer program that this one does not understand
        other,
    };

    database_error(kind what_kind, std::string const& message) : std::runtime_error(message), kind_(what_kind) {}
    kind what_kind() const { return kind_; }

private:
    kind kind_;
};

/// Parameter of a statement, or cell of a row: numbers are bound as numbers, everything is read as text,
/// so that whatever somebody wrote into a column arrives and is checked in one place.
using sql_value = std::variant<std::monostate, std::string, std::int64_t, double>;
using sql_row = std::vector<std::optional<std::string>>;

/// The number in a cell; 0 for NULL and for what is no such number.
template <class Number>
Number number_in(std::optional<std::string> const& cell) {
    return cell ? parse_number<Number>(*cell).value_or(0) : 0;
}

/// The time in a cell that a dialect's `time_text` made; empty for NULL and for what is no time.
inline std::optional<time_point> time_in(std::optional<std::string> const& cell) {
    auto const read = parse_time(cell.value_or(""));
    return read ? std::optional(*read) : std::nullopt;
}

struct session_options {
    database_access access = database_access::create;
    enum class deadlines { usual, none } calls = deadlines::usual; ///< none: of a call that may take hours
    std::shared_ptr<call_watch> watch = {};                        ///< null: one of its own
};

/// One connection. Blocking; used by one thread at a time. Throws database_error and nothing else; of kind `other`,
/// with the connection alive, for a statement that is longer than the server reads; of kind `lost` when a statement was
/// not answered within the limit of the watch.
class session {
public:
    /// Connects within 5 s an address. Refuses a server that is not of the kind. A file of SQLite that is made here can be
    /// read by its owner only. One that may only be read is left as it is, with every file beside it but the two of its log.
    explicit session(database_url const& url, session_options const& options = {});
    session(session&&) noexcept;
    session& operator=(session&&) noexcept;
    ~session();

    rulehost::dialect const& dialect() const { return *dialect_; }

    /// Runs a statement, written with `:1`, `:2`, ... for its values, each once and in that order. Returns the number of rows it
    /// touched.
    std::int64_t execute(std::string_view statement, std::vector<sql_value> const& values = {});

    /// Runs a query and returns its rows of `columns` columns.
    std::vector<sql_row> query(std::string_view statement, std::size_t columns,
                               std::vector<sql_value> const& values = {});

    /// Runs a statement once for each of `rows` rows, prepared once. `fill` is given the number of the row and puts a
    /// value into each place; a place holds the type that it was given for the first row, or nothing where that is text.
    /// Returns the rows for which it touched a row of the database.
    std::vector<std::size_t> execute_each(
        std::string_view statement, std::size_t rows,
        std::function<void(std::size_t row, std::vector<sql_value>& values)> const& fill);

    /// How many bytes a statement may have once its values stand in it.
    std::size_t max_statement_size() const;

    /// SQLite: the file that is open; null on other databases, and in memory.
    open_file* file() const;

    /// PostgreSQL: the connection's libpq handle (`PGconn*`), for notifications.
    void* postgresql_handle();

    /// Whether a statement was not answered in time, after which nothing works any more.
    bool timed_out() const;

    /// While it lives statements of the session take as long as they take: for a migration. Outlived by its session.
    class without_limit {
    public:
        explicit without_limit(session& which);
        without_limit(without_limit const&) = delete;
        without_limit& operator=(without_limit const&) = delete;
        ~without_limit();

    private:
        session& which_;
        call_watch::clock::duration former_{};
        std::string servers_; ///< the limit that the server itself has; empty: none
    };

private:
    void set(std::string_view setting);

    class implementation;
    std::unique_ptr<implementation> implementation_;
    rulehost::dialect const* dialect_;
};

/// Throws database_error unless a server of that `VERSION()` is MariaDB: MySQL lacks what the tables and inserts need.
void require_mariadb(std::string_view version);

/// A transaction that is rolled back unless it was committed. Outlived by its session.
class transaction {
public:
    enum class purpose { read, write };

    transaction(rulehost::session& session, purpose what_for);
    transaction(transaction const&) = delete;
    transaction& operator=(transaction const&) = delete;
    ~transaction();

    void commit();

private:
    session* session_;
};

} // namespace rulehost
