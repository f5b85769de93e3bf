#include "sql/session/schema.hpp"

#include "sql/session/replaced.hpp"
#include "text/number.hpp"

#include <utility>

namespace rulehost {

namespace {

using kind = database_error::kind;

// The oldest version whose programs may use these tables. It rises only with changes in place, not with additions.
constexpr std::size_t min_reader = 4;

// The first version of the tables with the column `min_reader`.
constexpr std::size_t first_with_min_reader = 4;

constexpr large_index large_indexes[] = {
    {"ttp_tag_created", "ttp_tag", "created_at"},
    {"ttp_tag_happened", "ttp_tag", "$happened"},
    {"ttp_tag_stored", "ttp_tag", "$insertion"},
    {"ttp_tag_address", "ttp_tag", "src_address"},
    {"ttp_tag_technique_happened", "ttp_tag", "technique_id, $happened", "ttp_tag_technique"},
    {"ttp_tag_rule_happened", "ttp_tag", "rule_id, $happened", "ttp_tag_rule"},
};

/// Whether the index is needed: a rowid is one itself.
bool is_needed(large_index const& index, dialect const& on) {
    return index.columns != "$insertion" || on.insertion != "rowid";
}

std::size_t number_of(session& session, std::string const& column) {
    auto const rows = session.query("SELECT " + column + " FROM schema_version", 1);
    if (rows.empty())
        return 0;
    auto const number = parse_number<std::size_t>(rows.front()[0].value_or(""));
    if (!number)
        throw database_error(kind::other, "schema_version holds no number");
    return *number;
}

std::size_t present_version(session& session) {
    auto const& dialect = session.dialect();
    if (session.query(dialect.has_schema, 1).empty())
        return 0;
    auto const known = dialect.schema.size();
    auto const version = number_of(session, "version");
    if (version <= known)
        return version;
    require_understood(session, number_of(session, "min_reader"));
    return known;
}

void record(session& session, std::size_t version) {
    if (version >= first_with_min_reader) {
        session.execute("DELETE FROM schema_version");
        session.execute("INSERT INTO schema_version (version, min_reader) VALUES (:1, :2)",
                        {static_cast<std::int64_t>(version), static_cast<std::int64_t>(min_reader)});
        return;
    }
    session.execute(version == 1 ? "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"
                                 : "DELETE FROM schema_version");
    session.execute("INSERT INTO schema_version (version) VALUES (:1)", {static_cast<std::int64_t>(version)});
}

/// False: another process was faster.
bool migrate(session& session) {
    auto const& dialect = session.dialect();
    transaction creating(session, transaction::purpose::write);
    if (!dialect.lock_schema.empty() && session.query(dialect.lock_schema, 1).at(0)[0] != "1")
        throw database_error(kind::busy, "timed out waiting for another process that creates or migrates the tables");
    auto const before = present_version(session);
    for (auto version = before; version < dialect.schema.size(); ++version) {
        for (auto const& statement : dialect.schema[version])
            session.execute(statement);
        // Last, because MariaDB commits every definition by itself: an interrupted start begins again.
        record(session, version + 1);
    }
    creating.commit();
    if (!dialect.unlock_schema.empty())
        session.query(dialect.unlock_schema, 1);
    return before < dialect.schema.size();
}

} // namespace

std::size_t schema_version(session& session) {
    return present_version(session);
}

void require_understood(session const& session, std::size_t needed) {
    auto const known = session.dialect().schema.size();
    if (needed > known) {
        throw database_error(kind::unsupported,
                             "the tables were made by a newer rulehost, and need a program that knows version " +
                                 std::to_string(needed) + " of them; this one knows version " + std::to_string(known));
    }
}

void migrate_schema(session& session) {
    migrate(session);
}

void prepare_schema(session& session) {
    if (present_version(session) == session.dialect().schema.size())
        return;
    session::without_limit const patient(session); // a slow migration is not a silent server
    if (!migrate(session))
        return;
    try {
        for (auto const& index : missing_indexes(session))
            if (count_rows(session, index.table, max_rows_of_unasked_change + 1) <= max_rows_of_unasked_change)
                build_index(session, index);
    } catch (database_error const& error) {
        // Results do not depend on indexes, and `rulehost store upgrade` builds this one.
        if (error.what_kind() == kind::lost)
            throw;
    }
}

void require_schema(session& session) {
    if (session.query(session.dialect().has_schema, 1).empty() || number_of(session, "version") == 0)
        throw database_error(kind::moved, "this is no store of rulehost, and is left unchanged");
}

session open_to_read(database_url const& url, std::size_t version, std::shared_ptr<call_watch> watch) {
    session_options how;
    how.access = database_access::read;
    how.watch = std::move(watch);
    session opened(url, how);
    require_schema(opened);
    if (auto const present = present_version(opened); present < version) {
        throw database_error(kind::other,
                             "its tables have version " + std::to_string(present) + ", and version " +
                                 std::to_string(version) + " is required; run `rulehost store upgrade`");
    }
    return opened;
}

std::vector<large_index> missing_indexes(session& session) {
    std::vector<large_index> missing;
    for (auto const& each : large_indexes)
        if (is_needed(each, session.dialect()) &&
            session.query(session.dialect().has_index, 1, {std::string(each.name)}).empty())
            missing.push_back(each);
    return missing;
}

void build_index(session& session, large_index const& index) {
    auto const& dialect = session.dialect();
    if (!dialect.lock_index.empty() && session.query(dialect.lock_index, 1).at(0)[0] != "1")
        throw database_error(kind::busy, "another process is building an index");
    struct lock {
        rulehost::session& session;
        ~lock() {
            try {
                if (!session.dialect().unlock_index.empty())
                    session.query(session.dialect().unlock_index, 1);
            } catch (database_error const&) {
                // The lock ends with the connection.
            }
        }
    } const held{session};
    auto const run = [&](std::string_view statement, std::string_view name) {
        session.execute(replaced(std::string(statement),
                                 {{"$index", name},
                                  {"$table", index.table},
                                  {"$columns", index.columns},
                                  {"$happened", dialect.happened_at},
                                  {"$insertion", dialect.insertion}}));
    };
    run(dialect.drop_index, index.name);
    run(dialect.build_index, index.name);
    if (!index.replaces.empty())
        run(dialect.drop_index, index.replaces);
}

std::uint64_t count_rows(session& session, std::string_view table, std::uint64_t limit) {
    auto const rows = session.query("SELECT COUNT(*) FROM (SELECT 1 AS one FROM " + std::string(table) + " LIMIT " +
                                        std::to_string(limit) + ") counted",
                                    1);
    return number_in<std::uint64_t>(rows.at(0)[0]);
}

} // namespace rulehost
