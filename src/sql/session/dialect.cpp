#include "sql/session/dialect.hpp"

#include "sql/session/replaced.hpp"
#include "sql/session/schema_script.hpp"

namespace rulehost {

namespace {

std::string unconverted(std::string_view column) {
    return std::string(column);
}

// ---- SQLite and PostgreSQL ----

constexpr std::string_view upsert_position =
    "INSERT INTO ttp_input_position (input, place) VALUES (:1, :2) ON CONFLICT (input) DO UPDATE SET "
    "place = excluded.place, updated_at = excluded.updated_at";

constexpr std::string_view upsert_rule_hour =
    "INSERT INTO ttp_rule_hour (begins_at, rule_id, worker, hits, tags, withheld, measured, cost) "
    "VALUES (:1, :2, :3, :4, :5, :6, :7, :8) ON CONFLICT (begins_at, rule_id, worker) DO UPDATE SET "
    "hits = ttp_rule_hour.hits + excluded.hits, tags = ttp_rule_hour.tags + excluded.tags, "
    "withheld = ttp_rule_hour.withheld + excluded.withheld, "
    "measured = ttp_rule_hour.measured + excluded.measured, cost = ttp_rule_hour.cost + excluded.cost";

// ---- SQLite ----

// SQLite prints fifteen digits by default; a double needs seventeen. A value that is no number stays unchanged,
// and the reader rejects it.
std::string sqlite_number(std::string_view column) {
    return replaced("CASE typeof($) WHEN 'real' THEN printf('%!.17g', $) ELSE $ END", {{"$", column}});
}

dialect const& sqlite_dialect() {
    static std::vector<std::string> const settings{
        // The cache holds the inner pages of the indexes of ttp_tag and grows only with the pages used. A log of
        // 128 MiB merges many of the writes to one page.
        "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA cache_size=-131072",
        "PRAGMA wal_autocheckpoint=32768"};
    static dialect const it{
        .session_settings = settings,
        .maintenance_settings = settings,
        .begin_write = {"BEGIN IMMEDIATE"},
        .begin_read = {"BEGIN"},
        .clock = "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
        .has_schema = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'",
        .schema = schema_script::parse(schema_script::sqlite),
        .has_index = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = :1",
        .drop_index = "DROP INDEX IF EXISTS $index",
        .build_index = "CREATE INDEX IF NOT EXISTS $index ON $table ($columns)",
        .insert_new = "INSERT",
        .or_nothing = " ON CONFLICT (uuid) DO NOTHING",
        .insert_many = dialect::many_rows::one_by_one,
        .writers = 1,
        .happened_at = "happened_at",
        .insertion = "rowid",
        .store_position = upsert_position,
        .add_rule_hour = upsert_rule_hour,
        .time_text = unconverted,
        .number_text = sqlite_number,
        .time_value = [](time_point at) { return format_time(at); },
    };
    return it;
}

// ---- PostgreSQL ----

std::string postgresql_time(std::string_view column) {
    return replaced("to_char($ AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", {{"$", column}});
}

std::string postgresql_number(std::string_view column) {
    return replaced("CAST($ AS TEXT)", {{"$", column}});
}

dialect const& postgresql_dialect() {
    static dialect const it{
        .session_settings = {"SET client_encoding TO 'UTF8'", "SET timezone TO 'UTC'", "SET lock_timeout TO '20s'",
                             "SET statement_timeout TO '25s'", // before `call_watch` ends the connection
                             "SET idle_in_transaction_session_timeout TO '60s'"},
        .maintenance_settings = {"SET client_encoding TO 'UTF8'", "SET timezone TO 'UTC'"},
        .read_setting = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        .begin_write = {"BEGIN ISOLATION LEVEL READ COMMITTED"},
        .begin_read = {"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
        .lock_rows = " FOR UPDATE",
        .clock = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        // Not to_regclass: it may answer from a cache of this connection.
        .has_schema = "SELECT 1 FROM pg_class WHERE relname = 'schema_version' AND pg_table_is_visible(oid)",
        .lock_schema = "SELECT 1 FROM pg_advisory_xact_lock(hashtext('rulehost schema'))",
        .schema = schema_script::parse(schema_script::postgresql),
        .has_index =
            "SELECT 1 FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid WHERE relname = :1 AND indisvalid "
            "AND pg_table_is_visible(pg_class.oid)",
        // Of the session: a build waits for every transaction, also for one that waited for a lock of a transaction.
        .lock_index = "SELECT CAST(pg_try_advisory_lock(hashtext('rulehost index')) AS INTEGER)",
        .unlock_index = "SELECT CAST(pg_advisory_unlock(hashtext('rulehost index')) AS INTEGER)",
        .drop_index = "DROP INDEX CONCURRENTLY IF EXISTS $index",
        .build_index = "CREATE INDEX CONCURRENTLY $index ON $table ($columns)",
        .build_progress =
            "SELECT CASE WHEN blocks_total > 0 THEN 100 * blocks_done / blocks_total ELSE 0 END "
            "FROM pg_stat_progress_create_index WHERE datname = current_database() AND phase LIKE 'building%'",
        .insert_new = "INSERT",
        .or_nothing = " ON CONFLICT (uuid) DO NOTHING",
        .insert_many = dialect::many_rows::arrays,
        .writers = 3,
        .happened_at = "(COALESCE(observed_at, created_at))",
        .insertion = "stored_at",
        .store_position = upsert_position,
        .add_rule_hour = upsert_rule_hour,
        .time_text = postgresql_time,
        .number_text = postgresql_number,
        .time_value = [](time_point at) { return format_time(at); },
    };
    return it;
}

// ---- MariaDB ----

std::string mysql_text(std::string_view column) {
    return replaced("CAST($ AS CHAR)", {{"$", column}});
}

std::string mysql_time_value(time_point at) {
    auto text = format_time(at);
    text.pop_back(); // the Z, which MariaDB does not accept
    return text;
}

dialect const& mysql_dialect() {
    static dialect const it{
        .session_settings = {"SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
                             "SET SESSION time_zone = '+00:00'",
                             "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
                             "SET SESSION innodb_lock_wait_timeout = 20"},
        .maintenance_settings = {"SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
                                 "SET SESSION time_zone = '+00:00'",
                                 "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"},
        .read_setting = "SET SESSION TRANSACTION READ ONLY",
        .begin_write = {"START TRANSACTION"},
        .begin_read = {"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                       "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"},
        .lock_rows = " FOR UPDATE",
        .clock = "CAST(UTC_TIMESTAMP(6) AS CHAR)",
        .has_schema =
            "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'schema_version'",
        .lock_schema = "SELECT GET_LOCK(CONCAT('rulehost ', DATABASE()), @@innodb_lock_wait_timeout)",
        .unlock_schema = "SELECT RELEASE_LOCK(CONCAT('rulehost ', DATABASE()))",
        .schema = schema_script::parse(schema_script::mariadb),
        .has_index = "SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name = :1",
        .lock_index = "SELECT GET_LOCK(CONCAT('rulehost index ', DATABASE()), 0)",
        .unlock_index = "SELECT RELEASE_LOCK(CONCAT('rulehost index ', DATABASE()))",
        .drop_index = "SET STATEMENT lock_wait_timeout=4 FOR DROP INDEX IF EXISTS $index ON $table",
        // A session that waits to begin or end a definition blocks all later ones.
        .build_index = "SET STATEMENT lock_wait_timeout=4 FOR CREATE INDEX IF NOT EXISTS $index ON $table ($columns) "
                       "ALGORITHM=INPLACE LOCK=NONE",
        .build_progress = "SELECT CAST(progress AS INTEGER) FROM information_schema.processlist "
                          "WHERE info LIKE 'SET STATEMENT%CREATE INDEX%'",
        .insert_new = "INSERT IGNORE",
        .ignored = "SHOW WARNINGS",
        .duplicate = "1062",
        .max_statement_size = "SELECT @@max_allowed_packet",
        .insert_many = dialect::many_rows::values,
        .writers = 1, // two were no faster
        .happened_at = "happened_at",
        .insertion = "stored_at",
        .store_position = "INSERT INTO ttp_input_position (input, place) VALUES (:1, :2) ON DUPLICATE KEY UPDATE "
                          "place = VALUES(place), updated_at = UTC_TIMESTAMP(6)",
        .add_rule_hour =
            "INSERT INTO ttp_rule_hour (begins_at, rule_id, worker, hits, tags, withheld, measured, cost) "
            "VALUES (:1, :2, :3, :4, :5, :6, :7, :8) ON DUPLICATE KEY UPDATE "
            "hits = hits + VALUES(hits), tags = tags + VALUES(tags), withheld = withheld + VALUES(withheld), "
            "measured = measured + VALUES(measured), cost = cost + VALUES(cost)",
        .time_text = mysql_text,
        .number_text = mysql_text,
        .time_value = mysql_time_value,
    };
    return it;
}

} // namespace

dialect const& dialect_of(database_kind kind) {
    switch (kind) {
    case database_kind::sqlite:
        return sqlite_dialect();
    case database_kind::postgresql:
        return postgresql_dialect();
    case database_kind::mysql:
        return mysql_dialect();
    }
    return sqlite_dialect();
}

} // namespace rulehost
