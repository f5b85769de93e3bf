#include "directory/deletion_guard.hpp"

#include "text/joined.hpp"
#include "text/plural.hpp"

#include <algorithm>
#include <span>

namespace rulehost {

namespace {

constexpr std::size_t always_allowed = 10;
constexpr std::size_t max_named = 5;

} // namespace

bool is_suspicious(deletion_plan const& plan) {
    if (plan.deleted == 0)
        return false;
    return plan.after == 0 || (plan.deleted > always_allowed && plan.deleted > plan.before / 3);
}

std::size_t recent_deletions::count(duration now) {
    std::erase_if(deleted_, [now](auto const& each) { return now - each.second > deletion_window; });
    return deleted_.size();
}

std::string withheld_text(std::vector<std::string> const& rule_ids, std::size_t of) {
    auto names = joined(std::span(rule_ids).first(std::min(max_named, rule_ids.size())), ", ");
    if (rule_ids.size() > max_named)
        names += ", ...";
    return "the files of " + std::to_string(rule_ids.size()) + " of " + plural(of, "rule") + " are gone (" + names +
        "); is the directory mounted, and complete? These rules stay live; --allow-deletions deletes them";
}

diagnostic withheld_finding(std::vector<std::string> const& rule_ids, std::size_t of) {
    diagnostic finding;
    finding.level = rule_ids.empty() ? severity::warning : severity::error;
    finding.code = "withheld-deletions";
    finding.message = rule_ids.empty() ? "no deletion is withheld any more" : withheld_text(rule_ids, of);
    return finding;
}

} // namespace rulehost
