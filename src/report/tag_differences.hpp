#pragma once

#include <rulehost/tag.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// A line of an input that two sets of rules tag differently.
struct differing_line {
    std::string input;
    std::uint64_t number = 0;     ///< of the line, from 1
    std::optional<double> before; ///< the confidence by the old rules; empty: no tag
    std::optional<double> after;  ///< by the new ones
    std::string tactic_before;    ///< its id by the old rules; empty: no tag
    std::string tactic_after;     ///< by the new ones
    bool observed_before = false; ///< the tag is marked as observed by the old rules, and does not count
    bool observed_after = false;  ///< by the new ones
    std::string typed;            ///< any bytes: escape it for output
};

/// Differences between the tags of one rule for one technique.
struct rule_difference {
    std::string rule_id;
    std::string technique; ///< `T1059` or `T1059.004`
    std::uint64_t added = 0;
    std::uint64_t removed = 0;
    std::uint64_t changed = 0;         ///< same tag, other confidence or tactic, or observed by one side only
    std::uint64_t promoted = 0;        ///< of the changed ones: observed by the old rules only
    std::uint64_t observed = 0;        ///< of the changed ones: observed by the new rules only
    std::int64_t more = 0;             ///< how many more tags count by the new rules; an observed one does not
    std::vector<differing_line> lines; ///< the first ones

    /// Adds the counts of `other`.
    void add(rule_difference const& other);
};

/// Compares the tags of two sets of rules for the same lines. Tags are equal if line, event, rule and technique are;
/// the rule's version and the evidence do not count. Memory grows with the rules, not the lines.
class tag_differences {
public:
    /// The text that was typed in the event of a tag, any bytes.
    using typed_of = std::function<std::string(tag const&)>;

    /// `max_lines`: maximum number of lines kept per rule and technique.
    explicit tag_differences(std::size_t max_lines) : max_lines_(max_lines) {}

    /// Adds tags of the same lines of one input by the old and the new rules, each in any order. Calls `typed` for
    /// lines that are kept.
    void compare(std::vector<tag> const& before, std::vector<tag> const& after, typed_of const& typed);

    bool empty() const { return rules_.empty(); }
    /// By rule_id and technique.
    std::vector<rule_difference> rules() const;
    /// The sums, without lines and names.
    rule_difference total() const;

private:
    void note(tag const* before, tag const* after, typed_of const& typed);

    std::size_t max_lines_;
    std::map<std::pair<std::string, std::string>, rule_difference> rules_;
};

} // namespace rulehost
