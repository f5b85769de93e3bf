#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost {

// The tables as all databases have them: statements in which a dialect spells the types and `IF NOT EXISTS`.

using statements = std::vector<std::string>;
using spellings = std::vector<std::pair<std::string_view, std::string_view>>; ///< the text for each `$name`

std::string replaced(std::string text, spellings const& names);
statements replaced(statements all, spellings const& names);

/// These tables have the same triggers. What differs: who wrote a row and when, and what its removal is.
struct captured_table {
    std::string_view name;
    std::string_view key;     ///< the column that names a row
    std::string_view columns; ///< all but `revision`
    std::string_view author;
    std::string_view written_at;
    std::string_view change;  ///< the kind of an insert and an update
    std::string_view removal; ///< the kind of a delete
    std::string_view detail;  ///< arguments of a JSON object function over the row NEW
};

inline constexpr captured_table rule_table{
    "ttp_rule",
    "rule_id",
    "rule_id, rule_version, source_path, yaml_content, content_hash, updated_at, updated_by",
    "updated_by",
    "updated_at",
    "definition",
    "deletion",
    "'rule_version', NEW.rule_version, 'source_path', NEW.source_path, 'yaml_content', NEW.yaml_content",
};

inline constexpr captured_table state_table{
    "ttp_rule_state",
    "rule_id",
    "rule_id, state, confidence_max, expires_at, reason, set_by, set_at",
    "set_by",
    "set_at",
    "state",
    "state",
    // Numbers go as text: JSON numbers lose digits on the way through SQLite.
    "'state', NEW.state, 'confidence_max', $number(NEW.confidence_max), 'expires_at', $time(NEW.expires_at), "
    "'reason', NEW.reason, 'set_by', NEW.set_by, 'set_at', $time(NEW.set_at)",
};

/// Its history has the name of the list for a rule_id.
inline constexpr captured_table list_table{
    "ttp_rule_list",
    "list_name",
    "list_name, source_path, list_values, updated_at, updated_by",
    "updated_by",
    "updated_at",
    "list",
    "list",
    "'source_path', NEW.source_path, 'list_values', NEW.list_values",
};

std::string filled(std::string text, captured_table const& table);

/// Version 1: rules, their states, the history, leases and tags.
statements tables(spellings const& types);
/// Added by version 2: how far inputs were read, and the messages that wait to be published.
statements delivery_tables(spellings const& types);
/// Added by version 3: the projections whose master has begun to write its rules for the first time, and is not done.
statements first_pass_table(spellings const& types);
/// Added by version 4: the oldest program that may use the tables, how far each consumer of the outbox has come, and the
/// texts of a directory that its master did not bring into the store.
statements consumer_tables(spellings const& types);
/// Added by version 5: the lists that rules share.
statements list_tables(spellings const& types);

/// Added by version 6: what a tag says of its event and its judgement, in columns that are empty in older rows. No
/// database rewrites the table for them.
enum class adding { at_once, one_by_one }; ///< of columns, by the statements that the database has
statements tag_details(spellings const& types, adding how);

/// Added by version 7: what each process that follows the store says of itself.
statements worker_table(spellings const& types);

/// Added by version 8: counts of each rule by hour and worker.
statements rule_hour_table_of(spellings const& types);

} // namespace rulehost
