#pragma once

#include <rulehost/diagnostic.hpp>
#include <rulehost/time_point.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace rulehost {

/// Deletions within this time count together: a checkout or a person deletes one file after the other.
inline constexpr duration deletion_window = std::chrono::minutes{10};

/// Number of rules that a store had, would lose, and would be left with (including new ones).
struct deletion_plan {
    std::size_t before = 0;
    std::size_t deleted = 0;
    std::size_t after = 0;
};

/// Whether the plan looks like an accident, such as an unmounted directory: no rule would be left, or more than ten and
/// more than a third of them would be deleted.
bool is_suspicious(deletion_plan const& plan);

/// The rules that were deleted within `deletion_window`. Pure: `now` is monotonic (`time_source::elapsed`).
class recent_deletions {
public:
    void note(std::string const& rule_id, duration now) { deleted_[rule_id] = now; }
    /// The rule is back.
    void remove(std::string const& rule_id) { deleted_.erase(rule_id); }
    std::size_t count(duration now);

private:
    std::map<std::string, duration> deleted_; ///< and when
};

/// One sentence for an operator: the number of withheld deletions, their rules, and how to confirm them.
std::string withheld_text(std::vector<std::string> const& rule_ids, std::size_t of);

/// The same as an error; if `rule_ids` is empty, a warning that no deletion is withheld any more.
diagnostic withheld_finding(std::vector<std::string> const& rule_ids, std::size_t of);

} // namespace rulehost
