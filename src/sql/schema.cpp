#include "sql/schema.hpp"

#include "text/number.hpp"

namespace rulehost {

namespace {

std::size_t present_version(session& session) {
    auto const& dialect = session.dialect();
    if (session.query(dialect.has_schema, 1).empty()) {
        return 0;
    }
    auto const rows = session.query("SELECT version FROM schema_version", 1);
    if (rows.empty()) {
        return 0;
    }
    auto const text = rows.front()[0].value_or("");
    auto const version = parse_number<std::size_t>(text);
    if (!version) {
        throw database_error(database_error::kind::other, "schema_version holds no number");
    }
    if (*version > dialect.schema.size()) {
        throw database_error(database_error::kind::other,
                             "the schema has version " + text + ", made by a newer rulehost; this one knows version " +
                                 std::to_string(dialect.schema.size()));
    }
    return *version;
}

} // namespace

void prepare_schema(session& session) {
    auto const& dialect = session.dialect();
    if (present_version(session) == dialect.schema.size()) {
        return;
    }
    transaction creating(session, transaction::purpose::write);
    if (!dialect.lock_schema.empty() && session.query(dialect.lock_schema, 1).at(0)[0] != "1") {
        throw database_error(database_error::kind::busy, "another process is creating or migrating the tables, and was waited for in vain");
    }
    for (auto version = present_version(session); version < dialect.schema.size(); ++version) {
        for (auto const& statement : dialect.schema[version]) {
            session.execute(statement);
        }
        // Last, because MariaDB commits every definition by itself: a start that was interrupted begins again.
        session.execute(version == 0 ? "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"
                                     : "DELETE FROM schema_version");
        session.execute("INSERT INTO schema_version VALUES (:1)", {static_cast<std::int64_t>(version + 1)});
    }
    creating.commit();
    if (!dialect.unlock_schema.empty()) {
        session.query(dialect.unlock_schema, 1);
    }
}

} // namespace rulehost
