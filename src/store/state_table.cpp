#include "store/state_table.hpp"

#include "rule/rule_id.hpp"
#include "text/utf8.hpp"

#include <rulehost/rule_store.hpp>

namespace rulehost {
namespace {

constexpr std::size_t max_name_length = 256;
constexpr std::size_t max_reason_length = 4096;
// The range that every backend can store: RFC 3339 has four digits for the year.
constexpr time_point last_instant = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};

bool is_text(std::string_view text, std::size_t limit) {
    return text.size() <= limit && valid_prefix(text) == text.size() && text.find('\0') == text.npos;
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
    if (state.expires_at)
        expiries_.emplace(*state.expires_at, rule_id);
    states_.emplace(rule_id, std::move(state));
}

bool state_table::remove(std::string_view rule_id) {
    auto const found = states_.find(rule_id);
    if (found == states_.end())
        return false;
    if (auto const& expiry = found->second.expires_at)
        expiries_.erase({*expiry, found->first});
    states_.erase(found);
    return true;
}

void state_table::remove_expiry(std::string_view rule_id) {
    if (auto const* const stored = find(rule_id); stored && stored->expires_at)
        expiries_.erase({*stored->expires_at, std::string(rule_id)});
}

std::optional<time_point> state_table::next_expiry() const {
    if (expiries_.empty())
        return {};
    return expiries_.begin()->first;
}

std::vector<std::pair<std::string, revision>> state_table::expired(time_point now) const {
    std::vector<std::pair<std::string, revision>> result;
    for (auto const& [instant, rule_id] : expiries_) {
        if (now < instant)
            break;
        result.emplace_back(rule_id, states_.find(rule_id)->second.revision);
    }
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
    if (state.expires_at && (*state.expires_at < time_point{} || *state.expires_at > last_instant))
        throw invalid_state("expires_at must be between the years 1970 and 9999");
    require_author(state.set_by);
    if (!is_text(state.reason, max_reason_length))
        throw invalid_state("reason must be UTF-8 text of at most " + std::to_string(max_reason_length) + " bytes");
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
