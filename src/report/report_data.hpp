#pragma once

#include "event/event_step.hpp"
#include "event/tag_marks.hpp"

#include <rulehost/attack_table.hpp>
#include <rulehost/tag.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rulehost {

/// Number of tags of a technique or sub-technique.
struct seen_technique {
    std::string tactic; ///< its id
    std::string id;     ///< `T1059` or `T1059.004`
    std::uint64_t tags = 0;
    double highest = 0; ///< confidence
};

/// An attacker: an address, or without one an attacker_uuid.
struct seen_source {
    std::string name;
    bool has_address = false;
    std::uint64_t tags = 0;
    double highest = 0;
    std::set<std::string> sensors;
    std::set<std::string> sessions;               ///< at most `max_sessions`
    std::map<std::string, std::uint64_t> tactics; ///< tags, by the tactic's id

    static constexpr std::size_t max_sessions = 1000;
};

struct seen_session {
    std::string id;
    std::string source;
    std::string sensor;
    time_point first{};
    time_point last{};
    std::uint64_t tags = 0;
    double highest = 0;
    std::set<std::string> tactics; ///< ids
};

/// Sums up tags for a report. Memory is bounded: the first `max_entries` sources and sessions have entries; tags of
/// others count in the sums only.
class report_data {
public:
    static constexpr std::size_t max_entries = 200'000;
    static constexpr std::size_t bars = 84; ///< of the timeline

    /// Tags from `since` to before `until`, which is later.
    report_data(time_point since, time_point until) : since_(since), until_(until), timeline_(bars, 0) {}

    void add(tag const& seen, time_point happened_at);

    time_point since() const { return since_; }
    time_point until() const { return until_; }
    std::uint64_t tags() const { return tags_; }
    std::uint64_t outside() const { return outside_; } ///< tags whose time is not in the span
    std::size_t sources() const { return sources_.size(); }
    std::size_t addresses() const { return addresses_; } ///< the other sources have none
    std::size_t sessions() const { return sessions_.size(); }
    std::size_t sensors() const { return sensors_.size(); }
    bool is_cut() const { return cut_; } ///< some sources or sessions have no entry
    std::uint64_t sessions_at(double confidence) const;
    std::vector<std::uint64_t> const& timeline() const { return timeline_; }

    /// By tactic and id; sub-techniques by themselves.
    std::vector<seen_technique> techniques() const;
    /// The sources with the most tags, and the sessions with the most tactics, then tags.
    std::vector<seen_source> top_sources(std::size_t count) const;
    std::vector<seen_session> top_sessions(std::size_t count) const;

private:
    std::size_t bar_of(time_point at) const;

    time_point since_;
    time_point until_;
    std::uint64_t tags_ = 0;
    std::uint64_t outside_ = 0;
    std::size_t addresses_ = 0;
    bool cut_ = false;
    std::vector<std::uint64_t> timeline_;
    std::map<std::pair<std::string, std::string>, seen_technique> techniques_;
    std::map<std::string, seen_source> sources_;
    std::map<std::string, seen_session> sessions_;
    std::set<std::string> sensors_;
};

/// One event of a session, with its tags.
struct session_step {
    time_point at{};
    std::string kind; ///< of the event
    std::string source_id;
    std::string typed; ///< any bytes
    struct judgement {
        std::string technique;
        std::string rule_id;
        double confidence = 0;
        tag_marks marks;
    };
    std::vector<judgement> found;
};

/// A session, step by step.
struct session_story {
    seen_session about;
    std::vector<session_step> steps;
    bool is_cut = false;       ///< further steps are left out
    bool has_untagged = false; ///< false: the events without tags are not known
};

/// Groups the kept texts and the tags of a session, each in the order of their time, into steps.
class story_builder {
public:
    static constexpr std::size_t usual_steps = 100;

    explicit story_builder(seen_session about, std::size_t max_steps = usual_steps) : max_steps_(max_steps) {
        story_.about = std::move(about);
    }

    /// False: the maximum of steps is reached, and later ones change nothing. All texts come before the tags.
    bool add(event_step const& said);
    bool add(tag const& seen, time_point happened_at, bool is_retracted = false);

    /// The steps by their time, those of one time in the order of their texts, which come before steps without a text; an
    /// event that was added as a text and as tags is one.
    session_story take();

private:
    session_step* step_of(std::string const& kind, std::string const& source_id);
    session_step& add_step(std::string const& kind, std::string const& source_id, time_point at, std::size_t& number);

    std::size_t max_steps_;
    session_story story_;
    std::map<std::pair<std::string, std::string>, std::size_t> places_; ///< of steps, by kind and source_id
    std::size_t said_ = 0;                                              ///< steps with a text that was kept
    std::size_t without_text_ = 0;                                      ///< the other ones
    std::optional<time_point> end_; ///< the steps after it are above the maximum; empty: the maximum is not reached
};

} // namespace rulehost
