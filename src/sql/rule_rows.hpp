#pragma once

#include "sql/rule_database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace rulehost {

// Columns of the rule tables and the values that they hold.

inline std::int64_t signed_number(revision value) {
    return static_cast<std::int64_t>(value);
}

/// 0 for a text that is no number: a revision overwritten by hand only costs a comparison.
revision to_revision(std::optional<std::string> const& text);

/// Columns of a state, in the order of `to_state`.
std::string state_columns(dialect const& dialect);

/// A state from its columns, written at revision `written`.
std::variant<rule_state, malformed_value> to_state(std::optional<std::string> const* cells, revision written);

/// Columns of a decision, in the order of `to_decision`.
std::string decision_columns(dialect const& dialect);

/// The decision `id` from its columns.
std::variant<decision, malformed_value> to_decision(std::optional<std::string> const* cells, decision_id id);

inline sql_value optional_number(std::optional<double> value) {
    return value ? sql_value(*value) : sql_value();
}

inline sql_value optional_time(dialect const& dialect, std::optional<time_point> at) {
    return at ? sql_value(dialect.time_value(*at)) : sql_value();
}

/// Columns of a change, in the order of `to_change`.
inline constexpr std::string_view change_columns = "revision, rule_id, kind, detail";

/// A change from its columns.
stored_change to_change(sql_row const& row);

} // namespace rulehost
