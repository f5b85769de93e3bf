#include "sql/session/session.hpp"

#include "sql/session/connection_parameters.hpp"
#include "sql/session/schema.hpp"
#include "sql/session/soci_bindings.hpp"
#include "sql/session/soci_errors.hpp"
#include "text/number.hpp"

#include <soci/mysql/soci-mysql.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

namespace rulehost {

namespace {

using kind = database_error::kind;

/// Upper bound of the bytes of a value in the text of a statement, for clients that write it there.
std::size_t written_size(sql_value const& value) {
    auto const* const text = std::get_if<std::string>(&value);
    if (!text)
        return 32;
    auto const escaped = std::ranges::count_if(
        *text, [](char c) { return std::string_view("\0\n\r\\'\"\x1a", 7).find(c) != std::string_view::npos; });
    return text->size() + static_cast<std::size_t>(escaped) + 2;
}

} // namespace

class session::implementation {
public:
    implementation(database_url const& url, session_options const& options)
        : kind_(url.kind),
          watch_(options.watch ? options.watch : std::make_shared<call_watch>()),
          limit_(options.calls == session_options::deadlines::usual ? watch_->limit() : call_watch::unlimited),
          sql_(translated([&] { return soci::session(connection_parameters(url, options)); })) {
        if (kind_ == database_kind::sqlite)
            sqlite_api::sqlite3_busy_handler(static_cast<soci::sqlite3_session_backend*>(sql_.get_backend())->conn_,
                                             &implementation::wait_for_lock, this);
        else if ((socket_ = ::dup(library_socket())) < 0)
            throw database_error(kind::other, "dup: " + std::generic_category().message(errno));
    }
    implementation(implementation const&) = delete;
    implementation& operator=(implementation const&) = delete;
    ~implementation() {
        if (socket_ >= 0)
            ::close(socket_);
    }

    /// Runs `act` and turns exceptions of SOCI into database_error.
    template <class Action>
    auto translated(Action act) -> decltype(act()) {
        try {
            return act();
        } catch (soci::sqlite3_soci_error const& error) {
            throw database_error(kind_of(error), one_line(error.get_error_message()));
        } catch (soci::postgresql_soci_error const& error) {
            throw database_error(lost() ? kind::lost : kind_of(error), one_line(error.get_error_message()));
        } catch (soci::mysql_soci_error const& error) {
            // A failure to connect, such as too many connections, is not about the rows to be stored.
            throw database_error(lost() ? kind::lost : kind_of(error), one_line(error.get_error_message()));
        } catch (soci::soci_error const& error) {
            throw database_error(lost() ? kind::lost : kind::other, one_line(error.get_error_message()));
        }
    }

    /// The same for calls that wait for the server.
    template <class Action>
    auto watched(Action act) -> decltype(act()) {
        std::optional<call_watch::call> call;
        try {
            if (socket_ >= 0)
                call.emplace(*watch_, socket_, limit_);
            return translated(std::move(act));
        } catch (database_error const&) {
            if (!call || !call->was_cut())
                throw;
        } catch (std::system_error const& error) {
            throw database_error(kind::other, error.what());
        }
        timed_out_ = true;
        auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(limit_).count();
        throw database_error(kind::lost,
                             watch_->is_shutting_down() ? "no answer before the end of the process"
                                                        : "no answer within " + std::to_string(seconds) + " s");
    }

    std::int64_t execute(std::string_view text, std::vector<sql_value> const& values) {
        check_length(text, values);
        return watched([&] {
            soci::statement statement(sql_);
            soci_bindings const bound(statement, values);
            run(statement, text);
            return statement.get_affected_rows();
        });
    }

    std::vector<sql_row> query(std::string_view text, std::size_t columns, std::vector<sql_value> const& values) {
        check_length(text, values);
        return watched([&] {
            std::vector<std::string> cells(columns);
            std::vector<soci::indicator> indicators(columns, soci::i_null);
            soci::statement statement(sql_);
            for (std::size_t i = 0; i < columns; ++i)
                statement.exchange(soci::into(cells[i], indicators[i]));
            soci_bindings const bound(statement, values);
            std::vector<sql_row> rows;
            for (bool more = run(statement, text); more; more = statement.fetch()) {
                auto& row = rows.emplace_back(columns);
                for (std::size_t i = 0; i < columns; ++i) {
                    if (indicators[i] != soci::i_null) {
                        row[i] = std::move(cells[i]);
                        cells[i].clear();
                    }
                }
            }
            return rows;
        });
    }

    std::vector<std::size_t> execute_each(std::string_view text, std::size_t rows,
                                          std::function<void(std::size_t, std::vector<sql_value>&)> const& fill) {
        std::vector<std::size_t> touched;
        if (rows == 0)
            return touched;
        return watched([&] {
            std::vector<sql_value> values;
            fill(0, values);
            soci_places bound(values);
            soci::statement statement(sql_);
            bound.bind(statement);
            statement.alloc();
            statement.prepare(std::string(text));
            statement.define_and_bind();
            for (std::size_t row = 0; row < rows; ++row) {
                if (row > 0) {
                    values.clear();
                    fill(row, values);
                }
                check_length(text, values);
                bound.take(values);
                statement.execute(true);
                if (statement.get_affected_rows() > 0)
                    touched.push_back(row);
            }
            return touched;
        });
    }

    PGconn* postgresql_handle() {
        return kind_ == database_kind::postgresql
            ? static_cast<soci::postgresql_session_backend*>(sql_.get_backend())->conn_
            : nullptr;
    }

private:
    static bool run(soci::statement& statement, std::string_view text) {
        statement.alloc();
        statement.prepare(std::string(text));
        statement.define_and_bind();
        return statement.execute(true);
    }

    // Throws for a statement over the limit: the server would cut the connection, which looks like any other loss and
    // would repeat forever.
    void check_length(std::string_view text, std::vector<sql_value> const& values) const {
        if (max_statement_size_ == unlimited)
            return;
        auto bytes = text.size();
        for (auto const& value : values)
            bytes += written_size(value);
        if (bytes > max_statement_size_) {
            throw database_error(kind::other,
                                 "a statement of " + std::to_string(bytes) + " bytes, and the server reads at most " +
                                     std::to_string(max_statement_size_));
        }
    }

    int library_socket() {
        if (kind_ == database_kind::postgresql)
            return PQsocket(postgresql_handle());
        return static_cast<int>(mysql_get_socket(static_cast<soci::mysql_session_backend*>(sql_.get_backend())->conn_));
    }

    /// The busy handler: SQLite calls it while another process holds a lock. 0: stop waiting.
    static int wait_for_lock(void* of, int attempt) {
        constexpr std::array pauses{1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100}; // milliseconds
        auto* const self = static_cast<implementation*>(of);
        if (attempt == 0)
            self->wait_began_ = call_watch::clock::now();
        if (self->watch_->is_over(self->wait_began_, std::chrono::seconds{lock_wait_seconds}))
            return 0;
        sqlite_api::sqlite3_sleep(pauses[std::min(static_cast<std::size_t>(attempt), pauses.size() - 1)]);
        return 1;
    }

    // libpq reports some losses without an SQLSTATE.
    bool lost() {
        if (!connected_)
            return true;
        auto* const handle = postgresql_handle();
        return handle && PQstatus(handle) == CONNECTION_BAD;
    }

    database_kind kind_;
    std::shared_ptr<call_watch> watch_;
    call_watch::clock::duration limit_;
    call_watch::clock::time_point wait_began_; ///< for a lock of SQLite
    bool timed_out_ = false;                   ///< a call was cut off
    int socket_ = -1;        ///< of a server: a duplicate, because the library may close its own at any time
    bool connected_ = false; ///< set at the end of the constructor; until then every failure is one to connect
    soci::session sql_;
    static constexpr auto unlimited = std::numeric_limits<std::size_t>::max();
    std::size_t max_statement_size_ = unlimited;
    std::optional<open_file> file_; ///< of SQLite

    friend class session;
};

session::session(database_url const& url, session_options const& options) : dialect_(&dialect_of(url.kind)) {
    implementation_ = std::make_unique<implementation>(url, options);
    implementation_->connected_ = true;
    if (auto* const handle = implementation_->postgresql_handle()) {
        // The default prints them. Important ones also arrive as errors.
        PQsetNoticeProcessor(
            handle, [](void*, char const*) {}, nullptr);
    }
    if (url.kind == database_kind::sqlite && !url.in_memory()) {
        implementation_->file_.emplace(url.path);
        if (options.access == database_access::read)
            return;
    }
    if (options.requires_store)
        require_schema(*this);
    if (url.kind == database_kind::mysql)
        require_mariadb(query("SELECT VERSION()", 1).at(0)[0].value_or(""));
    for (auto const& setting : options.calls == session_options::deadlines::usual ? dialect_->session_settings
                                                                                  : dialect_->maintenance_settings) {
        try {
            set(setting);
        } catch (database_error const& error) {
            // A read-only file stays readable with its present journal.
            if (error.what_kind() != kind::read_only)
                throw;
        }
    }
    if (options.access == database_access::read && !dialect_->read_setting.empty())
        execute(dialect_->read_setting);
    if (!dialect_->max_statement_size.empty()) {
        auto const answer = query(dialect_->max_statement_size, 1).at(0)[0].value_or("");
        auto const bytes = parse_number<std::size_t>(answer).value_or(0);
        implementation_->max_statement_size_ = bytes - std::min<std::size_t>(bytes, 16); // overhead of the protocol
    }
}

// If several processes open a new SQLite file at once, one sets its journal, and the others are rejected immediately.
// Waits for an exclusive transaction as for any other lock.
void session::set(std::string_view setting) {
    constexpr int attempts = 20;
    for (int attempt = 1;; ++attempt) {
        try {
            execute(setting);
            return;
        } catch (database_error const& error) {
            if (error.what_kind() != kind::busy || implementation_->kind_ != database_kind::sqlite ||
                attempt == attempts)
                throw;
        }
        execute("BEGIN EXCLUSIVE");
        execute("COMMIT");
    }
}

session::session(session&&) noexcept = default;
session& session::operator=(session&&) noexcept = default;
session::~session() = default;

std::int64_t session::execute(std::string_view statement, std::vector<sql_value> const& values) {
    return implementation_->execute(statement, values);
}

std::vector<sql_row> session::query(std::string_view statement, std::size_t columns,
                                    std::vector<sql_value> const& values) {
    return implementation_->query(statement, columns, values);
}

std::vector<std::size_t> session::execute_each(std::string_view statement, std::size_t rows,
                                               std::function<void(std::size_t, std::vector<sql_value>&)> const& fill) {
    return implementation_->execute_each(statement, rows, fill);
}

std::size_t session::max_statement_size() const {
    return implementation_->max_statement_size_;
}

open_file* session::file() const {
    return implementation_->file_ ? &*implementation_->file_ : nullptr;
}

void* session::postgresql_handle() {
    return implementation_->postgresql_handle();
}

bool session::timed_out() const {
    return implementation_->timed_out_;
}

session::without_limit::without_limit(session& which) : which_(which) {
    if (which_.implementation_->kind_ == database_kind::postgresql) {
        servers_ = which_.query("SHOW statement_timeout", 1).at(0)[0].value_or("0");
        which_.execute("SET statement_timeout TO 0");
    }
    former_ = std::exchange(which_.implementation_->limit_, call_watch::unlimited);
}

session::without_limit::~without_limit() {
    which_.implementation_->limit_ = former_;
    try {
        if (!servers_.empty())
            which_.execute("SET statement_timeout TO '" + servers_ + "'");
    } catch (database_error const&) {
        // The connection is gone.
    }
}

void require_mariadb(std::string_view version) {
    if (version.find("MariaDB") == version.npos)
        throw database_error(kind::other,
                             "the server is version " + std::string(version) +
                                 " of something else than MariaDB, most likely MySQL, which does not work here");
}

transaction::transaction(rulehost::session& session, purpose use) : session_(&session) {
    auto const& dialect = session.dialect();
    for (auto const& statement : use == purpose::write ? dialect.begin_write : dialect.begin_read)
        session.execute(statement);
}

transaction::~transaction() {
    if (session_) {
        try {
            session_->execute("ROLLBACK");
        } catch (database_error const&) {
            // The connection is lost, or SQLite has rolled back already: there is nothing to undo.
        }
    }
}

void transaction::commit() {
    session_->execute("COMMIT");
    session_ = nullptr;
}

} // namespace rulehost
