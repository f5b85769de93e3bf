#pragma once

#include "regex/regex.hpp"

#include <rulehost/event.hpp>

#include <algorithm>
#include <cstddef>

namespace rulehost {

/// Remaining work of the searches for one event, in units of `regex::allowance`. The candidate rules get equal shares
/// of half of it; those that need more get equal shares of the rest. So no rule uses up another's work. The budget
/// depends only on the event and the rules, so that every engine gives the same answer.
class event_budget {
public:
    static constexpr std::size_t part = 64 * 1024; ///< bytes of text

    /// `of_a_part`: work for each part of the text, even a partial one.
    explicit event_budget(std::size_t of_a_part) : of_a_part_(of_a_part), left_(of_a_part) {}

    std::size_t first_share(std::size_t rules) const { return share(left_ / 2, rules); }
    /// Share of each stopped rule in the rest.
    std::size_t last_share(std::size_t rules) const { return share(left_, rules); }

    void spend(std::size_t work) { left_ -= std::min(left_, work); }

    /// Adds the work for the parts of the event's text after the first. Further calls do nothing.
    void measure(event const& e);

    /// Raises the remaining work to at least that of one part, for further commands of the event.
    void refill() { left_ = std::max(left_, of_a_part_); }

private:
    static std::size_t share(std::size_t work, std::size_t rules) {
        return std::min(regex::allowance::most, work / std::max<std::size_t>(rules, 1));
    }

    std::size_t of_a_part_;
    std::size_t left_;
    bool is_measured_ = false;
};

} // namespace rulehost
