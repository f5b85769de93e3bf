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

/// Event time: the sensor's time, or `now` if the event has none.
time_point event_time(event const& e, time_point now);

/// Key of the event's group; empty if the event lacks a field that the correlation groups by. `file`: of a correlation
/// about one file, its base name.
std::optional<std::string> group_key(correlation const& by, event const& e, std::string_view file = {});

/// The event as an entry of a window. `steps` as in window_entry.
window_entry entry_of(correlation const& by, std::uint32_t steps, event const& e, time_point now);

/// Steps of a window that an event satisfies; in a sequence about one file, only those about `file`.
struct step_group {
    std::uint32_t steps;
    std::string file; ///< base name; empty: the window is not about files
};

/// As satisfied_steps, with a group for each file that the event names. Empty: the event does not count for the window.
std::vector<step_group> satisfied_groups(correlation const& by, std::vector<predicate> const& steps, subject& on,
                                         match_detail& found, truth& outcome);

/// Steps of a window that the event satisfies, as bits. Sets `outcome` to unknown if a step hit a limit.
std::uint32_t satisfied_steps(std::vector<predicate> const& steps, subject& on, match_detail& found, truth& outcome);

/// Result of one rule for an event, or for some commands of it, before its windows.
struct rule_answer {
    struct feed {
        std::size_t window; ///< its index among the rule's windows
        std::string group_key;
        window_entry entry;
        match_detail found;
    };

    truth immediate = truth::no;  ///< the outcome without windows
    match_detail found;           ///< the reason of `immediate`
    std::vector<feed> feeds;      ///< the event's entries for its windows
    truth of_windows = truth::no; ///< unknown if a step of a window hit a limit; else no

    bool is_triggered = false; ///< of a stopped rule: the event has a word that it requires

    /// Whether more work may change it.
    bool is_stopped() const { return immediate == truth::unknown || of_windows == truth::unknown; }
    bool says_something() const { return immediate != truth::no || of_windows != truth::no || !feeds.empty(); }

    /// Adds the result of the same rule for further commands of the event.
    void merge(rule_answer further);
};

/// Whether the event has a word, not only a field, that a test of the rule requires. `open`: as found by the index.
bool is_triggered(rule_program::variant const& asked, open_tests open);

/// Evaluates one rule for the event without feeding its windows. `open`: as found by the index; empty: unknown. `work`:
/// limit for its searches.
rule_answer ask_rule(live_rule const& live, rule_program::variant const& asked, open_tests open, subject& on,
                     time_point now, std::size_t work = regex::allowance::most);

/// Inputs of the tags of an event.
struct tagging_terms {
    time_point now;       ///< their `created_at`
    decisions_at decided; ///< at the same instant, by their expiry clock
    double confidence_floor;
    std::uint64_t revision; ///< of the rules and states
    bool keep_withheld = false;
};

/// Memory for making tags, reused from event to event. One thread.
class tag_memory {
public:
    /// Begins another event.
    void begin() { copied_.clear(); }

    /// Clears `tags` and keeps the memory of their texts for reuse.
    void keep(std::vector<tag>& tags);

    /// A tag with this evidence; its other members are unspecified.
    tag& begin_tag(boost::json::object evidence);
    /// Moves it to `tags`.
    void end_tag(std::vector<tag>& tags);

    /// Evidence fields equal to `wanted` that a tag of the event already has; null: none.
    copied_fields const* find(std::vector<field_path> const& wanted) const;
    void add(copied_fields const& made) {
        if (copied_.size() < max_known) // each tag searches the list
            copied_.push_back(made);
    }

private:
    static constexpr std::size_t max_known = 8;

    std::vector<tag> spare_;
    std::vector<copied_fields> copied_;
};

/// Feeds the windows of the rule and adds its tags and hits to `result`. `on` looks at the same event as in `ask_rule`.
/// A rule that a limit stopped gives undecided tags if the event has a word that it requires.
void conclude_rule(live_rule const& live, rule_answer answer, subject const& on, tagging_terms const& terms,
                   tag_memory& memory, evaluation& result);

/// Sorts the tags by rule_id, stable. Keeps at most `evaluation::max_undecided` undecided tags, those with the highest
/// confidence, so that an event that stops many rules neither causes a flood of tags nor hides a surer one.
void finish_tags(evaluation& result);

} // namespace rulehost
