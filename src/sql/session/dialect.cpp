#include "sql/session/dialect.hpp"

#include "sql/session/table_definitions.hpp"

#include <utility>

namespace rulehost {

namespace {

std::string as_is(std::string_view column) {
    return std::string(column);
}

statements joined(statements all, statements const& more) {
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

// ---- SQLite ----

constexpr std::string_view sqlite_now = "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')";

// Fifteen digits are what SQLite prints by itself; a double needs seventeen. Whatever is not a number stays as it is,
// to be refused where it is read.
std::string sqlite_number(std::string_view column) {
    return replaced("CASE typeof($) WHEN 'real' THEN printf('%!.17g', $) ELSE $ END", {{"$", column}});
}

statements sqlite_capture(captured_table const& table) {
    statements all;
    std::string const written =
        " ON $table BEGIN "
        "UPDATE ttp_revision SET revision = revision + 1; "
        "UPDATE $table SET revision = (SELECT revision FROM ttp_revision) WHERE $id = NEW.$id; "
        "INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), NEW.$id, '$change', $now, "
        "$who, json_object($detail)); END";
    std::string const removed =
        " BEGIN UPDATE ttp_revision SET revision = revision + 1; "
        "INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), OLD.$id, '$removal', $now, "
        "'sql', NULL); END";
    auto const trigger = [&](std::string text, std::string_view who) {
        text = filled(replaced(std::move(text), {{"$who", who}}), table);
        return replaced(std::move(text),
                        {{"$number(NEW.confidence_max)", sqlite_number("NEW.confidence_max")},
                         {"$time", ""},
                         {"$now", sqlite_now}});
    };
    all.push_back(trigger("CREATE TRIGGER $table_inserted AFTER INSERT" + written, "NEW.$author"));
    // A client that leaves the time of writing alone did not say who it is either.
    all.push_back(trigger("CREATE TRIGGER $table_updated AFTER UPDATE OF $columns" + written,
                          "CASE WHEN NEW.$written_at = OLD.$written_at THEN 'sql' ELSE NEW.$author END"));
    all.push_back(trigger("CREATE TRIGGER $table_deleted AFTER DELETE ON $table" + removed, ""));
    all.push_back(trigger("CREATE TRIGGER $table_renamed AFTER UPDATE OF $id ON $table "
                          "WHEN OLD.$id <> NEW.$id" +
                              removed,
                          ""));
    return all;
}

statements sqlite_schema() {
    auto all = tables({{"$once", ""},
                       {"$options", ""},
                       {"$key", "TEXT"},
                       {"$text", "TEXT"},
                       {"$time", "TEXT"},
                       {"$number", "REAL"},
                       {"$revision", "INTEGER"},
                       {"$uuid", "TEXT"},
                       {"$prefix", ""},
                       {"$where", " WHERE"},
                       {"$now", "(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))"}});
    all.push_back("INSERT INTO ttp_revision VALUES (1, 0, lower(hex(randomblob(16))))");
    for (auto const& table : {rule_table, state_table}) {
        all = joined(std::move(all), sqlite_capture(table));
    }
    return all;
}

dialect const& sqlite_dialect() {
    static spellings const since_version_2{
        {"$once", ""},
        {"$options", ""},
        {"$key", "TEXT"},
        {"$text", "TEXT"},
        {"$time", "TEXT"},
        {"$sequence", "INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT"},
        {"$alter", "ALTER TABLE ttp_tag"},
        {"$address", "TEXT"},
        {"$number", "REAL"},
        {"$now", "(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))"},
    };
    static statements const settings{
        // The cache holds the inner pages of the indexes of ttp_tag, and is only as big as what was touched. A log of
        // 128 MiB merges many of the writes to one page.
        "PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA cache_size=-131072",
        "PRAGMA wal_autocheckpoint=32768"};
    static dialect const it{
        settings,
        settings,
        {"BEGIN IMMEDIATE"},
        {"BEGIN"},
        "",
        "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'",
        "",
        "",
        "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = :1",
        "",
        "",
        "DROP INDEX IF EXISTS $index",
        "CREATE INDEX IF NOT EXISTS $index ON $table ($columns)",
        "",
        "INSERT",
        " ON CONFLICT (uuid) DO NOTHING",
        "",
        "",
        "",
        dialect::many_rows::one_by_one,
        1,
        "happened_at",
        "rowid",
        "INSERT INTO ttp_input_position (input, place) VALUES (:1, :2) ON CONFLICT (input) DO UPDATE SET "
        "place = excluded.place, updated_at = excluded.updated_at",
        "INSERT INTO ttp_rule_hour (begins_at, rule_id, worker, hits, tags, withheld, measured, cost) "
        "VALUES (:1, :2, :3, :4, :5, :6, :7, :8) ON CONFLICT (begins_at, rule_id, worker) DO UPDATE SET "
        "hits = ttp_rule_hour.hits + excluded.hits, tags = ttp_rule_hour.tags + excluded.tags, "
        "withheld = ttp_rule_hour.withheld + excluded.withheld, measured = ttp_rule_hour.measured + excluded.measured, "
        "cost = ttp_rule_hour.cost + excluded.cost",
        {sqlite_schema(), delivery_tables(since_version_2), first_pass_table(since_version_2),
         consumer_tables(since_version_2), joined(list_tables(since_version_2), sqlite_capture(list_table)),
         joined(tag_details(since_version_2, adding::one_by_one),
                {"ALTER TABLE ttp_tag ADD COLUMN happened_at TEXT AS (COALESCE(observed_at, created_at))"}),
         worker_table(since_version_2), rule_hour_table_of(since_version_2)},
        as_is,
        sqlite_number,
        [](time_point at) { return format_time(at); },
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

statements postgresql_capture(captured_table const& table) {
    statements all;
    std::string const function = replaced(
        filled("CREATE FUNCTION $table_captured() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ "
               "DECLARE following BIGINT; author TEXT; "
               "BEGIN "
               "IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.$id <> NEW.$id) THEN "
               "  UPDATE ttp_revision SET revision = revision + 1 RETURNING revision INTO following; "
               "  INSERT INTO ttp_rule_change VALUES (following, OLD.$id, '$removal', clock_timestamp(), "
               "    session_user, NULL); "
               "END IF; "
               "IF TG_OP <> 'DELETE' THEN "
               "  author = NEW.$author; "
               "  IF TG_OP = 'UPDATE' AND NEW.$written_at = OLD.$written_at THEN author = session_user; END IF; "
               "  UPDATE ttp_revision SET revision = revision + 1 RETURNING revision INTO following; "
               "  UPDATE $table SET revision = following WHERE $id = NEW.$id; "
               "  INSERT INTO ttp_rule_change VALUES (following, NEW.$id, '$change', clock_timestamp(), author, "
               "    CAST(json_build_object($detail) AS TEXT)); "
               "END IF; "
               "PERFORM pg_notify('ttp_rule_change', ''); "
               "RETURN NULL; "
               "END $$",
               table),
        {{"$number(NEW.confidence_max)", postgresql_number("NEW.confidence_max")},
         {"$time(NEW.expires_at)", postgresql_time("NEW.expires_at")},
         {"$time(NEW.set_at)", postgresql_time("NEW.set_at")}});
    all.push_back(function);
    // The columns are listed so that the function's own update of `revision` does not set it off again.
    all.push_back(filled("CREATE TRIGGER $table_captured AFTER INSERT OR DELETE OR UPDATE OF $columns ON $table "
                         "FOR EACH ROW EXECUTE FUNCTION $table_captured()",
                         table));
    return all;
}

statements postgresql_schema() {
    auto all = tables({{"$once", ""},
                       {"$options", ""},
                       {"$key", "TEXT"},
                       {"$text", "TEXT"},
                       {"$time", "TIMESTAMPTZ"},
                       {"$number", "DOUBLE PRECISION"},
                       {"$revision", "BIGINT"},
                       {"$uuid", "UUID"},
                       {"$prefix", ""},
                       {"$where", " WHERE"},
                       {"$now", "clock_timestamp()"}});
    all.push_back("INSERT INTO ttp_revision VALUES (1, 0, CAST(gen_random_uuid() AS TEXT))");
    for (auto const& table : {rule_table, state_table}) {
        all = joined(std::move(all), postgresql_capture(table));
    }
    return all;
}

std::string postgresql_truncation_of(captured_table const& table) {
    return filled("CREATE TRIGGER $table_truncated BEFORE TRUNCATE ON $table "
                  "FOR EACH STATEMENT EXECUTE FUNCTION ttp_truncated()",
                  table);
}

// Version 3 adds this as well: TRUNCATE fires no trigger of a row, and so deletes row by row before it, each a change.
statements postgresql_truncation() {
    statements all{"CREATE FUNCTION ttp_truncated() RETURNS trigger LANGUAGE plpgsql AS $$ "
                   "BEGIN EXECUTE format('DELETE FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME); RETURN NULL; END $$"};
    for (auto const& table : {rule_table, state_table}) {
        all.push_back(postgresql_truncation_of(table));
    }
    return all;
}

dialect const& postgresql_dialect() {
    static spellings const since_version_2{
        {"$once", ""},
        {"$options", ""},
        {"$key", "TEXT"},
        {"$text", "TEXT"},
        {"$time", "TIMESTAMPTZ"},
        {"$sequence", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"},
        {"$alter", "ALTER TABLE ttp_tag"},
        {"$address", "UUID"},
        {"$number", "DOUBLE PRECISION"},
        {"$now", "clock_timestamp()"},
    };
    static dialect const it{
        {"SET client_encoding TO 'UTF8'", "SET timezone TO 'UTC'", "SET lock_timeout TO '20s'",
         "SET statement_timeout TO '25s'", // before `call_watch` ends the connection
         "SET idle_in_transaction_session_timeout TO '60s'"},
        {"SET client_encoding TO 'UTF8'", "SET timezone TO 'UTC'"},
        {"BEGIN ISOLATION LEVEL READ COMMITTED"},
        {"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
        " FOR UPDATE",
        "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        // Not to_regclass: it may answer from what this connection remembers of a moment ago.
        "SELECT 1 FROM pg_class WHERE relname = 'schema_version' AND pg_table_is_visible(oid)",
        "SELECT 1 FROM pg_advisory_xact_lock(hashtext('rulehost schema'))",
        "",
        "SELECT 1 FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid WHERE relname = :1 AND indisvalid "
        "AND pg_table_is_visible(pg_class.oid)",
        // Of the session: a build waits for every transaction, also for one that waited for a lock of a transaction.
        "SELECT CAST(pg_try_advisory_lock(hashtext('rulehost index')) AS INTEGER)",
        "SELECT CAST(pg_advisory_unlock(hashtext('rulehost index')) AS INTEGER)",
        "DROP INDEX CONCURRENTLY IF EXISTS $index",
        "CREATE INDEX CONCURRENTLY $index ON $table ($columns)",
        "SELECT CASE WHEN blocks_total > 0 THEN 100 * blocks_done / blocks_total ELSE 0 END FROM "
        "pg_stat_progress_create_index "
        "WHERE datname = current_database() AND phase LIKE 'building%'",
        "INSERT",
        " ON CONFLICT (uuid) DO NOTHING",
        "",
        "",
        "",
        dialect::many_rows::arrays,
        3,
        "(COALESCE(observed_at, created_at))",
        "stored_at",
        "INSERT INTO ttp_input_position (input, place) VALUES (:1, :2) ON CONFLICT (input) DO UPDATE SET "
        "place = excluded.place, updated_at = excluded.updated_at",
        "INSERT INTO ttp_rule_hour (begins_at, rule_id, worker, hits, tags, withheld, measured, cost) "
        "VALUES (:1, :2, :3, :4, :5, :6, :7, :8) ON CONFLICT (begins_at, rule_id, worker) DO UPDATE SET "
        "hits = ttp_rule_hour.hits + excluded.hits, tags = ttp_rule_hour.tags + excluded.tags, "
        "withheld = ttp_rule_hour.withheld + excluded.withheld, measured = ttp_rule_hour.measured + excluded.measured, "
        "cost = ttp_rule_hour.cost + excluded.cost",
        {postgresql_schema(), delivery_tables(since_version_2),
         joined(first_pass_table(since_version_2), postgresql_truncation()), consumer_tables(since_version_2),
         joined(joined(list_tables(since_version_2), postgresql_capture(list_table)),
                {postgresql_truncation_of(list_table)}),
         joined(tag_details(since_version_2, adding::at_once),
                {"ALTER TABLE ttp_tag ADD COLUMN stored_at TIMESTAMPTZ",
                 // Apart: with the column it would write every row.
                 "ALTER TABLE ttp_tag ALTER COLUMN stored_at SET DEFAULT clock_timestamp()"}),
         worker_table(since_version_2), rule_hour_table_of(since_version_2)},
        postgresql_time,
        postgresql_number,
        [](time_point at) { return format_time(at); },
    };
    return it;
}

// ---- MariaDB ----

std::string mysql_text(std::string_view column) {
    return replaced("CAST($ AS CHAR)", {{"$", column}});
}

statements mysql_capture(captured_table const& table) {
    statements all;
    auto const trigger = [&](std::string_view name, std::string_view when, std::string body) {
        all.push_back(filled("DROP TRIGGER IF EXISTS $table_" + std::string(name), table));
        body = filled("CREATE TRIGGER $table_" + std::string(name) + " " + std::string(when) +
                          " ON $table FOR EACH ROW BEGIN " + std::move(body) + " END",
                      table);
        all.push_back(replaced(std::move(body),
                               {{"$number(NEW.confidence_max)", mysql_text("NEW.confidence_max")},
                                {"$time(NEW.expires_at)", mysql_text("NEW.expires_at")},
                                {"$time(NEW.set_at)", mysql_text("NEW.set_at")}}));
    };
    // A trigger cannot write to its own table here, so the number is taken before the row is written and the
    // history follows after.
    std::string const take = "UPDATE ttp_revision SET revision = revision + 1; ";
    std::string const stamp = take + "SET NEW.revision = (SELECT revision FROM ttp_revision); ";
    std::string const written = "INSERT INTO ttp_rule_change VALUES (NEW.revision, NEW.$id, '$change', "
                                "UTC_TIMESTAMP(6), $who, JSON_OBJECT($detail)); ";
    std::string const removed = take +
        "INSERT INTO ttp_rule_change VALUES ((SELECT revision FROM ttp_revision), "
        "OLD.$id, '$removal', UTC_TIMESTAMP(6), USER(), NULL); ";
    trigger("stamped_insert", "BEFORE INSERT", stamp);
    trigger("inserted", "AFTER INSERT", replaced(written, {{"$who", "NEW.$author"}}));
    trigger("stamped_update", "BEFORE UPDATE", stamp);
    trigger("updated", "AFTER UPDATE",
            replaced(written, {{"$who", "IF(NEW.$written_at = OLD.$written_at, USER(), NEW.$author)"}}) +
                "IF OLD.$id <> NEW.$id THEN " + removed + "END IF; ");
    trigger("deleted", "AFTER DELETE", removed);
    return all;
}

statements mysql_schema() {
    // utf8mb4_nopad_bin: `R1`, `r1` and `R1 ` are three rules. The IF NOT EXISTS are because DDL commits by itself
    // here, so that a first start that was interrupted is simply done again.
    auto all = tables({{"$once", "IF NOT EXISTS"},
                       {"$options", "ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"},
                       {"$key", "VARCHAR(255)"},
                       {"$text", "MEDIUMTEXT"},
                       {"$time", "DATETIME(6)"},
                       {"$number", "DOUBLE"},
                       {"$revision", "BIGINT"},
                       {"$uuid", "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin"},
                       {"$prefix", "(64)"},
                       {"$where", " --"}, // it has no indexes of a part: there the condition is a comment
                       {"$now", "(UTC_TIMESTAMP(6))"}});
    all.push_back("INSERT IGNORE INTO ttp_revision VALUES (1, 0, UUID())");
    for (auto const& table : {rule_table, state_table}) {
        all = joined(std::move(all), mysql_capture(table));
    }
    return all;
}

// A session that waits for a table keeps out all later ones.
constexpr std::string_view mysql_alter_tags = "SET STATEMENT lock_wait_timeout=4 FOR ALTER TABLE ttp_tag";

statements mysql_tag_times() {
    auto const altered = std::string(mysql_alter_tags);
    return {altered +
                " ADD COLUMN IF NOT EXISTS happened_at DATETIME(6) AS (COALESCE(observed_at, created_at)) VIRTUAL",
            altered + " ADD COLUMN IF NOT EXISTS stored_at DATETIME(6)",
            altered + " ALTER COLUMN stored_at SET DEFAULT (UTC_TIMESTAMP(6))"};
}

std::string mysql_time_value(time_point at) {
    auto text = format_time(at);
    text.pop_back(); // the Z, which it does not know
    return text;
}

dialect const& mysql_dialect() {
    static spellings const since_version_2{
        {"$once", "IF NOT EXISTS"},
        {"$options", "ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"},
        {"$key", "VARCHAR(255)"},
        {"$text", "MEDIUMTEXT"},
        {"$time", "DATETIME(6)"},
        {"$sequence", "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY"},
        {"$alter", mysql_alter_tags},
        {"$address", "CHAR(32) CHARACTER SET ascii COLLATE ascii_bin"},
        {"$number", "DOUBLE"},
        {"$now", "(UTC_TIMESTAMP(6))"},
    };
    static dialect const it{
        {"SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", "SET SESSION time_zone = '+00:00'",
         "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "SET SESSION innodb_lock_wait_timeout = 20"},
        {"SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", "SET SESSION time_zone = '+00:00'",
         "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"},
        {"START TRANSACTION"},
        {"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"},
        " FOR UPDATE",
        "CAST(UTC_TIMESTAMP(6) AS CHAR)",
        "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'schema_version'",
        "SELECT GET_LOCK(CONCAT('rulehost ', DATABASE()), @@innodb_lock_wait_timeout)",
        "SELECT RELEASE_LOCK(CONCAT('rulehost ', DATABASE()))",
        "SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name = :1",
        "SELECT GET_LOCK(CONCAT('rulehost index ', DATABASE()), 0)",
        "SELECT RELEASE_LOCK(CONCAT('rulehost index ', DATABASE()))",
        "SET STATEMENT lock_wait_timeout=4 FOR DROP INDEX IF EXISTS $index ON $table",
        // A session that waits to begin or to end a definition keeps out all later ones.
        "SET STATEMENT lock_wait_timeout=4 FOR CREATE INDEX IF NOT EXISTS $index ON $table ($columns) "
        "ALGORITHM=INPLACE LOCK=NONE",
        "SELECT CAST(progress AS INTEGER) FROM information_schema.processlist WHERE info LIKE 'SET STATEMENT%CREATE "
        "INDEX%'",
        "INSERT IGNORE",
        "",
        "SHOW WARNINGS",
        "1062",
        "SELECT @@max_allowed_packet",
        dialect::many_rows::values,
        1, // two were no faster
        "happened_at",
        "stored_at",
        "INSERT INTO ttp_input_position (input, place) VALUES (:1, :2) ON DUPLICATE KEY UPDATE "
        "place = VALUES(place), updated_at = UTC_TIMESTAMP(6)",
        "INSERT INTO ttp_rule_hour (begins_at, rule_id, worker, hits, tags, withheld, measured, cost) "
        "VALUES (:1, :2, :3, :4, :5, :6, :7, :8) ON DUPLICATE KEY UPDATE "
        "hits = hits + VALUES(hits), tags = tags + VALUES(tags), withheld = withheld + VALUES(withheld), "
        "measured = measured + VALUES(measured), cost = cost + VALUES(cost)",
        {mysql_schema(), delivery_tables(since_version_2), first_pass_table(since_version_2),
         consumer_tables(since_version_2), joined(list_tables(since_version_2), mysql_capture(list_table)),
         joined(tag_details(since_version_2, adding::at_once), mysql_tag_times()), worker_table(since_version_2),
         rule_hour_table_of(since_version_2)},
        mysql_text,
        mysql_text,
        mysql_time_value,
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
