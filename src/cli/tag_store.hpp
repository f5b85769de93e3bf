#pragma once

#include "event/event_step.hpp"
#include "sql/session/session.hpp"
#include "sql/tag_query.hpp"

#include <rulehost/time_point.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rulehost::cli {

/// Whether the time is of a year from 0 to 9999, which databases can compare.
bool is_writable(time_point at);

/// A time with its zone, or its age: `2026-12-01T10:00Z`, `24h`. Throws std::invalid_argument, which names
/// `option`.
time_point time_given(std::string const& option, std::string const& text);

/// The same, but refuses the future.
time_point past_time_given(std::string const& option, std::string const& text);

/// Throws std::invalid_argument, which names both options and times, when no time is in the span.
void check_span(std::string const& since_option, std::optional<time_point> since, std::string const& until_option,
                std::optional<time_point> until);

/// Reads an existing store with tables of at least `version`. Throws std::runtime_error that names it.
void read_store(std::string const& url, std::size_t version, std::function<void(session&)> const& read);

/// Passes the tags of `query` in the order of their time, page by page, to `take` until it returns false. Throws
/// database_error.
void for_each_page(tag_query& query, tag_filter const& which,
                   std::function<bool(std::vector<stored_tag> const&)> const& take);

/// Passes the steps of a session by their time to `take` until it returns false; none of tables without steps. Throws
/// database_error.
void for_each_step(session& sql, std::string const& session_id, std::function<bool(event_step const&)> const& take);

inline constexpr std::size_t version_with_times = 6; ///< of the tables
inline constexpr std::size_t version_with_rule_hours = 8;
inline constexpr std::size_t version_with_withheld_tags = 10;
inline constexpr std::size_t version_with_retractions = 11;
inline constexpr std::size_t version_with_steps = 12;

} // namespace rulehost::cli
