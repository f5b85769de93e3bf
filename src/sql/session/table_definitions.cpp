#include "sql/session/table_definitions.hpp"

namespace rulehost {

std::string replaced(std::string text, spellings const& names) {
    for (auto const& [name, value] : names) {
        for (auto at = text.find(name); at != text.npos; at = text.find(name, at + value.size())) {
            text.replace(at, name.size(), value);
        }
    }
    return text;
}

statements replaced(statements all, spellings const& names) {
    for (auto& statement : all) {
        statement = replaced(std::move(statement), names);
    }
    return all;
}

std::string filled(std::string text, captured_table const& table) {
    return replaced(std::move(text),
                    {{"$table", table.name},
                     {"$id", table.key},
                     {"$columns", table.columns},
                     {"$author", table.author},
                     {"$written_at", table.written_at},
                     {"$change", table.change},
                     {"$removal", table.removal},
                     {"$detail", table.detail}});
}

// The names are stable for those who query the database by hand; so are the defaults, which let
// `INSERT INTO ttp_rule(rule_id, yaml_content)` and its like work.
//
// Revisions: every write to a captured table moves the one row of ttp_revision first. Its lock is held until the
// commit, so the next writer gets the next number only after this one is visible, and a rollback gives the number
// back: commit order is revision order, without holes.
statements tables(spellings const& types) {
    statements all{
        "CREATE TABLE $once ttp_revision (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), revision BIGINT NOT NULL, "
        "database_id $key NOT NULL) $options",
        "CREATE TABLE $once ttp_rule (rule_id $key NOT NULL PRIMARY KEY, rule_version BIGINT NOT NULL DEFAULT 1, "
        "source_path $text NOT NULL DEFAULT '', yaml_content $text NOT NULL, content_hash $key NOT NULL DEFAULT '', "
        "updated_at $time NOT NULL DEFAULT $now, updated_by $key NOT NULL DEFAULT 'sql', "
        "revision BIGINT NOT NULL DEFAULT 0) $options",
        "CREATE TABLE $once ttp_rule_state (rule_id $key NOT NULL PRIMARY KEY, state $key NOT NULL, "
        "confidence_max $number, expires_at $time NULL, reason $text NOT NULL DEFAULT '', set_by $key NOT NULL DEFAULT "
        "'sql', "
        "set_at $time NOT NULL DEFAULT $now, revision BIGINT NOT NULL DEFAULT 0) $options",
        "CREATE TABLE $once ttp_rule_change (revision $revision NOT NULL PRIMARY KEY, rule_id $key NOT NULL, "
        "kind $key NOT NULL, changed_at $time NOT NULL, changed_by $key NOT NULL, detail $text) $options",
        "CREATE INDEX $once ttp_rule_change_of_rule ON ttp_rule_change (rule_id, revision)",
        "CREATE INDEX $once ttp_rule_change_time ON ttp_rule_change (changed_at)",
        "CREATE TABLE $once ttp_lease (name $key NOT NULL PRIMARY KEY, holder $key NOT NULL, expires_at $time NOT "
        "NULL) $options",
        "CREATE TABLE $once ttp_tag (uuid $uuid NOT NULL PRIMARY KEY, source_kind $text NOT NULL, source_id $text NOT "
        "NULL, "
        "attacker_uuid $text, identity_uuid $text, session_id $text, decky_id $text, tactic $key NOT NULL, "
        "technique_id $key NOT NULL, sub_technique_id $key, confidence $number NOT NULL, rule_id $key NOT NULL, "
        "rule_version BIGINT NOT NULL, evidence $text NOT NULL, attack_release $key NOT NULL, mitre_url $key NOT NULL, "
        "created_at $time NOT NULL) $options",
        // Most tags have no identity yet: nobody looks for those by it, and each would cost a page. A database that was
        // made with whole indexes is as good.
        "CREATE INDEX $once ttp_tag_identity ON ttp_tag (identity_uuid$prefix, technique_id$prefix)"
        "$where identity_uuid IS NOT NULL",
        "CREATE INDEX $once ttp_tag_attacker ON ttp_tag (attacker_uuid$prefix, technique_id$prefix)"
        "$where attacker_uuid IS NOT NULL",
        "CREATE INDEX $once ttp_tag_technique ON ttp_tag (technique_id$prefix, created_at)",
        "CREATE INDEX $once ttp_tag_session ON ttp_tag (session_id$prefix)$where session_id IS NOT NULL",
        "CREATE INDEX $once ttp_tag_rule ON ttp_tag (rule_id$prefix)",
    };
    return replaced(std::move(all), types);
}

statements delivery_tables(spellings const& types) {
    statements all{
        "CREATE TABLE $once ttp_input_position (input $key NOT NULL PRIMARY KEY, place $text NOT NULL, "
        "updated_at $time NOT NULL DEFAULT $now) $options",
        // Numbers are not given out in the order of the commits, and none is given out twice.
        "CREATE TABLE $once ttp_outbox (sequence $sequence, message_id $key NOT NULL, topic $text NOT NULL, "
        "payload $text NOT NULL, created_at $time NOT NULL DEFAULT $now) $options",
    };
    return replaced(std::move(all), types);
}

statements first_pass_table(spellings const& types) {
    return {replaced(
        "CREATE TABLE $once ttp_first_pass (name $key NOT NULL PRIMARY KEY, begun_at $time NOT NULL DEFAULT $now) "
        "$options",
        types)};
}

statements consumer_tables(spellings const& types) {
    statements all{
        "ALTER TABLE schema_version ADD COLUMN $once min_reader BIGINT NOT NULL DEFAULT 0",
        "CREATE TABLE $once ttp_outbox_consumer (name $key NOT NULL PRIMARY KEY, passed BIGINT NOT NULL DEFAULT 0, "
        "updated_at $time NOT NULL DEFAULT $now) $options",
        "CREATE TABLE $once ttp_rule_quarantine (projection $key NOT NULL, number BIGINT NOT NULL, rule_id $text NOT "
        "NULL, "
        "source_path $text NOT NULL, findings $text NOT NULL, quarantined_at $time NOT NULL DEFAULT $now, "
        "PRIMARY KEY (projection, number)) $options",
    };
    return replaced(std::move(all), types);
}

statements tag_details(spellings const& types, adding how) {
    constexpr std::string_view columns[] = {
        "observed_at $time",    // when it happened
        "src_ip $text",         // as the producer wrote it
        "src_port INTEGER",     //
        "src_address $address", // as `sortable_address`, for networks
        "tactic_name $key",     "technique_name $key",
        "clipped_from $number", // the confidence before an operator's clip
        "rule_name $text",
        "truncated SMALLINT", // a part of the event was not looked at
        "undecided SMALLINT", // a limit kept the answer from being known
        "observe SMALLINT",   // of a rule that is tried
        "retracted SMALLINT", // taken back
        "revision BIGINT",    // of the rules and states that it was judged by
        "origin_input $text",   "origin_line BIGINT",
    };
    statements all;
    for (auto const& column : columns) {
        if (all.empty() || how == adding::one_by_one)
            all.emplace_back("$alter ADD COLUMN $once ").append(column);
        else
            all.back().append(", ADD COLUMN $once ").append(column);
    }
    return replaced(std::move(all), types);
}

statements worker_table(spellings const& types) {
    return {replaced(
        "CREATE TABLE $once ttp_worker (process $key NOT NULL PRIMARY KEY, worker $key NOT NULL, host $key NOT "
        "NULL, version $key NOT NULL, started_at $time NOT NULL, seen_at $time NOT NULL, "
        "revision BIGINT NOT NULL, digest $key NOT NULL, rules BIGINT NOT NULL, quarantined BIGINT NOT NULL, "
        "stale_since $time NULL) $options",
        types)};
}

statements list_tables(spellings const& types) {
    return {
        replaced("CREATE TABLE $once ttp_rule_list (list_name $key NOT NULL PRIMARY KEY, source_path $text NOT NULL "
                 "DEFAULT '', list_values $text NOT NULL, updated_at $time NOT NULL DEFAULT $now, "
                 "updated_by $key NOT NULL DEFAULT 'sql', revision BIGINT NOT NULL DEFAULT 0) $options",
                 types)};
}

statements rule_hour_table_of(spellings const& types) {
    return {
        replaced("CREATE TABLE $once ttp_rule_hour (begins_at $time NOT NULL, rule_id $key NOT NULL, worker $key NOT "
                 "NULL, hits BIGINT NOT NULL DEFAULT 0, tags BIGINT NOT NULL DEFAULT 0, withheld BIGINT NOT NULL "
                 "DEFAULT 0, measured BIGINT NOT NULL DEFAULT 0, cost BIGINT NOT NULL DEFAULT 0, "
                 "PRIMARY KEY (begins_at, rule_id, worker)) $options",
                 types)};
}

} // namespace rulehost
