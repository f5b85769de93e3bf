#include "store/state_table.hpp"

#include "rule/rule_id.hpp"
#include "text/utf8.hpp"

#include <rulehost/rule_store.hpp>

#include <algorithm>

namespace rulehost {
namespace {

constexpr std::size_t max_name_length = 256;
constexpr std::size_t max_reason_length = 4096;
// The range that every backend can store: RFC 3339 has four digits for the year.
constexpr time_point last_instant = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};

bool is_text(std::string_view text, std::size_t limit) {
    return text.size() <= limit && valid_prefix(text) == text.size() && text.find('\0') == text.npos;
}

void require_text(std::string_view text, std::size_t limit, std::string const& name) {
    if (!is_text(text, limit))
        throw invalid_state(name + " must be UTF-8 text of at most " + std::to_string(limit) + " bytes");
}

void require_time(std::optional<time_point> at, std::string const& name) {
    if (at && (*at < time_point{} || *at > last_instant))
        throw invalid_state(name + " must be between the years 1970 and 9999");
}

} // namespace

rule_state const* state_table::find(std::string_view rule_id) const {
    auto const found = states_.find(rule_id);
    return found == states_.end() ? nullptr : &found->second;
}

rule_state state_table::effective(std::string_view rule_id, time_point now) const {
    auto const* const stored = find(rule_id);
    return stored ? rulehost::effective(*stored, now) : rule_state();
}

void state_table::put(std::string const& rule_id, rule_state state) {
    remove(rule_id);
    expiries_.put(state.expires_at, rule_id);
    states_.emplace(rule_id, std::move(state));
}

bool state_table::remove(std::string_view rule_id) {
    auto const found = states_.find(rule_id);
    if (found == states_.end())
        return false;
    expiries_.remove(found->second.expires_at, found->first);
    states_.erase(found);
    return true;
}

void state_table::remove_expiry(std::string_view rule_id) {
    if (auto const* const stored = find(rule_id))
        expiries_.remove(stored->expires_at, std::string(rule_id));
}

void state_table::put(decision made) {
    remove_decision(made.id);
    ends_.put(made.ends_at, made.id);
    auto const id = made.id;
    decisions_.emplace(id, std::move(made));
}

bool state_table::remove_decision(decision_id id) {
    remove_end(id);
    return decisions_.erase(id) != 0;
}

void state_table::remove_end(decision_id id) {
    if (auto const found = decisions_.find(id); found != decisions_.end())
        ends_.remove(found->second.ends_at, id);
}

std::optional<time_point> state_table::next_expiry() const {
    auto const of_states = expiries_.next();
    auto const of_decisions = ends_.next();
    return of_states && of_decisions ? std::min(*of_states, *of_decisions) : of_states ? of_states : of_decisions;
}

std::vector<std::pair<std::string, revision>> state_table::expired(time_point now) const {
    std::vector<std::pair<std::string, revision>> result;
    for (auto const& rule_id : expiries_.past(now))
        result.emplace_back(rule_id, states_.find(rule_id)->second.revision);
    return result;
}

bool state_table::remove_if(std::string_view rule_id, revision expected) {
    auto const* const stored = find(rule_id);
    return stored && stored->revision == expected && remove(rule_id);
}

void require_storable(std::string_view rule_id, rule_state const& state) {
    if (!is_rule_id(rule_id))
        throw invalid_state("a rule_id is made of letters, digits and _, at most 128");
    if (auto const why = why_invalid(state); !why.empty())
        throw invalid_state(why);
    require_time(state.expires_at, "expires_at");
    require_author(state.set_by);
    require_text(state.reason, max_reason_length, "reason");
}

void require_storable(decision const& made) {
    if (auto const why = why_invalid(made); !why.empty())
        throw invalid_state(why);
    require_time(made.starts_at, "starts_at");
    require_time(made.ends_at, "ends_at");
    require_author(made.set_by);
    require_text(made.reason, max_reason_length, "reason");
    require_text(made.ticket, max_name_length, "ticket");
}

void require_not_over(decision const& made, time_point now) {
    if (has_ended(made, now))
        throw invalid_state("ends_at " + format_time(*made.ends_at) + " is over: it is " + format_time(now));
}

void require_revision(std::optional<revision> expected, std::string const& rule_id, rule_state const& current) {
    if (expected && *expected != current.revision)
        throw state_conflict(rule_id, current);
}

void require_author(std::string_view set_by) {
    if (set_by.empty() || !is_text(set_by, max_name_length))
        throw invalid_state("set_by must be UTF-8 text of at most " + std::to_string(max_name_length) +
                            " bytes, and not empty");
}

} // namespace rulehost
