#pragma once

#include "engine/decision_index.hpp"
#include "engine/evidence.hpp"
#include "engine/live_rule.hpp"
#include "match/predicate.hpp"
#include "match/subject.hpp"

#include <rulehost/engine.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// Event time: when the sensor saw it; `now` when it did not say.
time_point event_time(event const& e, time_point now);

/// The group an event belongs to; empty when it lacks a field that the correlation groups by.
std::optional<std::string> group_key(correlation const& by, event const& e, std::string_view file = {});

/// The event as an entry of a window. `steps` as in window_entry.
window_entry entry_of(correlation const& by, std::uint32_t steps, event const& e, time_point now);

/// The steps of a window that an event satisfies, of a sequence about one file those about one of its files.
struct step_group {
    std::uint32_t steps;
    std::string file; ///< its base name; empty: the window is not about files
};

/// As satisfied_steps, for each file that the event names one group. No groups: the event says nothing to the window.
std::vector<step_group> satisfied_groups(correlation const& by, std::vector<predicate> const& steps, subject& on,
                                         match_detail& found, truth& outcome);

/// Which steps of a window the event satisfies; `outcome` becomes unknown when a limit kept that from being known.
std::uint32_t satisfied_steps(std::vector<predicate> const& steps, subject& on, match_detail& found, truth& outcome);

/// Result of one rule for an event, or for some commands of it, before its windows.
struct rule_answer {
    struct feed {
        std::size_t window; ///< its place among the rule's
        std::string group_key;
        window_entry entry;
        match_detail found;
    };

    truth immediate = truth::no;  ///< whether it matches, windows aside
    match_detail found;           ///< by what
    std::vector<feed> feeds;      ///< the event's entries for its windows
    truth of_windows = truth::no; ///< unknown: a limit kept it from being known whether there is more to say

    bool is_triggered = false; ///< of what is unknown: a word that the rule asks for occurs

    /// Whether more work may change it.
    bool is_stopped() const { return immediate == truth::unknown || of_windows == truth::unknown; }
    bool says_something() const { return immediate != truth::no || of_windows != truth::no || !feeds.empty(); }

    /// Adds the result of the same rule for further commands of the event.
    void merge(rule_answer further);
};

/// Whether a word occurs, beyond the mere presence of a field, that a test of the rule asks for. `open`: what is known of
/// its tests.
bool is_triggered(rule_program::variant const& asked, open_tests open);

/// Asks one rule about the event. `open`: what is known of its tests. `work`: what its searches may do.
rule_answer ask_rule(live_rule const& live, rule_program::variant const& asked, open_tests open, subject& on,
                     time_point now, std::size_t work = regex::allowance::most);

/// Inputs of the tags of an event.
struct tagging_terms {
    time_point now;       ///< their `created_at`
    decisions_at decided; ///< at the same instant, by the clock that states and decisions end by
    double confidence_floor;
    std::uint64_t revision; ///< of the rules and states
    bool keep_withheld = false;
};

/// The memory that tags are made in, reused from event to event. One thread.
class tag_memory {
public:
    /// Begins another event.
    void begin() { copied_.clear(); }

    /// Empties `tags`, and keeps the memory of their texts for others.
    void keep(std::vector<tag>& tags);

    /// A tag with this evidence; its other members hold whatever they held before.
    tag& begin_tag(boost::json::object evidence);
    /// Moves it to `tags`.
    void end_tag(std::vector<tag>& tags);

    /// The fields that a rule wants in its evidence, when a tag of the event has them; else null.
    copied_fields const* find(std::vector<field_path> const& wanted) const;
    void add(copied_fields const& made) {
        if (copied_.size() < max_known) // each is looked through for each tag
            copied_.push_back(made);
    }

private:
    static constexpr std::size_t max_known = 8;

    std::vector<tag> spare_;
    std::vector<copied_fields> copied_;
};

/// Feeds the windows of the rule and adds what it says to `result`. `on` looks at the event that it was asked about. A rule
/// that a limit stopped, and of which a word occurs, gives undecided tags.
void conclude_rule(live_rule const& live, rule_answer answer, subject const& on, tagging_terms const& terms,
                   tag_memory& memory, evaluation& result);

/// Puts the tags in the order of their rules, those of one rule as they are. Of more than `evaluation::max_undecided`
/// undecided ones, keeps the highest confidences, and of equal ones the first: an event that stops many rules brings no
/// flood of them, and hides no surer one behind them.
void finish_tags(evaluation& result);

} // namespace rulehost
