#include "engine/rule_run.hpp"

#include "engine/claim.hpp"
#include "engine/event_origin.hpp"
#include "engine/evidence.hpp"
#include "match/value/field_values.hpp"
#include "uuid/named_uuid.hpp"

#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_group_value_length = 128;
constexpr std::size_t max_spare_tags = 64;
constexpr std::size_t max_files = 16;             // of one event, for a sequence about one file
constexpr std::size_t max_distinct_values = 1000; // of one event

/// Adds the event's entries for the windows of the rule to `answer`.
void ask_windows(live_rule const& live, rule_program::variant const& asked, subject& on, time_point now,
                 rule_answer& answer) {
    auto const& definition = live.definition();
    for (std::size_t i = 0; i != asked.windows.size(); ++i) {
        match_detail found;
        auto const& by = definition.windows[i];
        for (auto const& [steps, file] : satisfied_groups(by, asked.windows[i], on, found, answer.of_windows))
            if (auto key = group_key(by, on.observed(), file))
                answer.feeds.push_back({i, std::move(*key), entry_of(by, steps, on.observed(), now), found});
    }
}

/// Feeds the windows with the entries of `answer`. Returns the outcome of the first that fires, with its reason in
/// `found`.
std::optional<window::outcome> feed_windows(live_rule const& live, rule_answer& answer, match_detail& found) {
    std::optional<window::outcome> fired;
    for (auto& feed : answer.feeds) {
        auto const outcome = live.windows[feed.window]->feed(feed.group_key, std::move(feed.entry));
        if (outcome.fires && !fired) {
            fired = outcome;
            found = std::move(feed.found);
        }
    }
    return fired;
}

/// Sets all members but the evidence. An undecided tag gets half of the clipped confidence.
void fill_tag(tag& made, rule_definition const& definition, claim const& claimed, event const& e,
              tagging_terms const& terms, bool is_undecided) {
    auto const& what = *claimed.what;
    made.uuid = tag_uuid(e.source_kind, e.source_id, definition.rule_id, definition.rule_version, what.technique_id,
                         what.sub_technique_id);
    describe_event(e, made);
    made.tactic = what.tactic;
    made.tactic_name = what.tactic_name;
    made.technique_id = what.technique_id;
    made.sub_technique_id = what.sub_technique_id;
    made.technique_name = what.technique_name;
    made.confidence = is_undecided ? claimed.confidence / 2 : claimed.confidence;
    made.clipped_from.reset();
    if (claimed.confidence < claimed.scaled)
        made.clipped_from = claimed.scaled;
    made.rule_id = definition.rule_id;
    made.rule_version = definition.rule_version;
    made.rule_name = definition.name;
    auto const* const truncated = made.evidence.if_contains("truncated");
    made.truncated = truncated && *truncated == true;
    made.undecided = is_undecided;
    made.observe = claimed.decided.observed;
    made.withheld_by = 0;
    made.attack_release = definition.attack_release;
    made.revision = terms.revision;
    made.input.clear();
    made.line = 0;
    made.created_at = terms.now;
}

/// Counts a hit with a withheld claim, once for all of its claims.
template <class IsWithheld>
void note_withheld(live_rule const& live, std::vector<claim> const& claims, evaluation::withheld_hit::cause why,
                   IsWithheld const& is_withheld, evaluation& result) {
    auto const first = std::ranges::find_if(claims, is_withheld);
    if (first == claims.end())
        return;
    live.counters->withheld.fetch_add(1, std::memory_order_relaxed);
    result.withheld.push_back({live.rule, why, first->decided.by});
}

/// Marks the tag as withheld. Its confidence ignores decisions, as it will once it is released.
void withhold(tag& made, claim const& claimed) {
    made.withheld_by = claimed.decided.by;
    made.confidence = claimed.scaled;
    made.clipped_from.reset();
}

/// Replaces by construction: an assignment would copy the value out of its block of memory.
void replace(boost::json::object& evidence, boost::json::object by) {
    std::destroy_at(&evidence);
    std::construct_at(&evidence, std::move(by));
}

void put_in_order(std::vector<tag>& tags) {
    for (auto at = tags.begin(); at != tags.end(); ++at)
        std::rotate(std::ranges::upper_bound(tags.begin(), at, at->rule_id, {}, &tag::rule_id), at, at + 1);
}

void limit_undecided(std::vector<tag>& tags) {
    constexpr auto max = evaluation::max_undecided;
    std::vector<double> confidences;
    for (auto const& each : tags)
        if (each.undecided)
            confidences.push_back(each.confidence);
    if (confidences.size() <= max)
        return;
    std::ranges::nth_element(confidences, confidences.begin() + (max - 1), std::ranges::greater{});
    double const least = confidences[max - 1];
    auto room = max - static_cast<std::size_t>(std::ranges::count_if(confidences, [&](double c) { return c > least; }));
    std::erase_if(tags, [&](tag const& each) {
        if (!each.undecided || each.confidence > least)
            return false;
        if (each.confidence < least || room == 0)
            return true;
        --room;
        return false;
    });
}

void count(std::atomic<std::uint64_t>& total, std::uint64_t by = 1) {
    total.fetch_add(by, std::memory_order_relaxed);
}

} // namespace

void tag_memory::keep(std::vector<tag>& tags) {
    for (auto& each : tags)
        replace(each.evidence, {});
    if (tags.size() > spare_.size())
        spare_.swap(tags);
    tags.clear();
    if (spare_.size() > max_spare_tags)
        spare_.resize(max_spare_tags);
}

tag& tag_memory::begin_tag(boost::json::object evidence) {
    if (spare_.empty())
        spare_.emplace_back();
    replace(spare_.back().evidence, std::move(evidence));
    return spare_.back();
}

void tag_memory::end_tag(std::vector<tag>& tags) {
    tags.push_back(std::move(spare_.back()));
    spare_.pop_back();
}

copied_fields const* tag_memory::find(std::vector<field_path> const& wanted) const {
    auto const known = std::ranges::find_if(
        copied_, [&](copied_fields const& each) { return each.wanted == &wanted || *each.wanted == wanted; });
    return known == copied_.end() ? nullptr : &*known;
}

time_point event_time(event const& e, time_point now) {
    return e.observed_at == time_point{} ? now : e.observed_at;
}

std::optional<std::string> group_key(correlation const& by, event const& e, std::string_view file) {
    std::string key;
    key.reserve(64); // fits most
    auto const add = [&key](std::string_view text) {
        std::string digest;
        if (text.size() > max_group_value_length) {
            digest = boost::uuids::to_string(content_uuid(text));
            text = digest;
        }
        // The length in front keeps one value from passing for two.
        key += std::to_string(text.size());
        key += ':';
        key += text;
        return !text.empty();
    };
    for (auto const& path : by.group_by) {
        bool is_there = false;
        if (names_anchor(path))
            is_there = add(*anchor(e, path.keys.front()));
        else
            visit_values(e.payload, path.keys, [&](boost::json::value const& value) {
                is_there = add(scalar_text(value));
                return true;
            });
        if (!is_there)
            return {};
    }
    if (!file.empty())
        add(file);
    return key;
}

window_entry entry_of(correlation const& by, std::uint32_t steps, event const& e, time_point now) {
    window_entry entry{.at = event_time(e, now), .steps = steps, .arrived = now};
    if (by.kind != correlation::node::distinct_count) {
        entry.identity = content_uuid(e.source_id);
        return entry;
    }
    auto const add = [&](std::string const& text) {
        if (!text.empty())
            entry.values.push_back(content_uuid(text));
        return entry.values.size() >= max_distinct_values;
    };
    if (names_anchor(by.distinct))
        add(*anchor(e, by.distinct.keys.front()));
    else
        visit_elements(e.payload, by.distinct.keys,
                       [&](boost::json::value const& value) { return add(scalar_text(value)); });
    return entry;
}

std::uint32_t satisfied_steps(std::vector<predicate> const& steps, subject& on, match_detail& found, truth& outcome) {
    std::uint32_t satisfied = 0;
    for (std::size_t i = 0; i != steps.size(); ++i) {
        auto const one = steps[i].test(on, found);
        if (one == truth::yes)
            satisfied |= 1u << i;
        else if (one == truth::unknown)
            outcome = truth::unknown;
    }
    return satisfied;
}

std::vector<step_group> satisfied_groups(correlation const& by, std::vector<predicate> const& steps, subject& on,
                                         match_detail& found, truth& outcome) {
    auto const satisfied = satisfied_steps(steps, on, found, outcome);
    if (satisfied == 0)
        return {};
    if (!by.same_file)
        return {{satisfied, {}}};
    std::vector<step_group> groups;
    std::vector<std::string> files;
    for (std::size_t i = 0; i != steps.size(); ++i) {
        files.clear();
        if ((satisfied & (1u << i)) != 0)
            steps[i].add_files(on, files);
        for (auto& file : files) {
            auto const known = std::ranges::find(groups, file, &step_group::file);
            if (known != groups.end())
                known->steps |= 1u << i;
            else if (groups.size() < max_files)
                groups.push_back({1u << i, std::move(file)});
        }
    }
    return groups;
}

bool is_triggered(rule_program::variant const& asked, open_tests open) {
    for (std::size_t i = 0; i != open.size(); ++i) {
        bool const has_words = std::ranges::any_of(asked.tests[i], [](std::vector<trigger> const& list) {
            return std::ranges::none_of(list, [](trigger const& one) { return one.word.empty(); });
        });
        if (open[i] != 0 && has_words)
            return true;
    }
    return false;
}

rule_answer ask_rule(live_rule const& live, rule_program::variant const& asked, open_tests open, subject& on,
                     time_point now, std::size_t work) {
    count(live.counters->evaluations);
    on.begin_rule(open, work);
    rule_answer answer;
    if (!asked.windows.empty())
        ask_windows(live, asked, on, now, answer);
    answer.immediate = asked.match.test(on, answer.found);
    if (answer.immediate == truth::unknown || answer.of_windows == truth::unknown)
        answer.is_triggered = is_triggered(asked, open);
    return answer;
}

void rule_answer::merge(rule_answer further) {
    if (immediate != truth::yes && further.immediate != truth::no) {
        if (immediate == truth::no || further.immediate == truth::yes)
            found = std::move(further.found);
        immediate = further.immediate;
    }
    if (further.of_windows == truth::unknown)
        of_windows = truth::unknown;
    is_triggered = is_triggered || further.is_triggered;
    for (auto& each : further.feeds) {
        auto const known = std::ranges::find_if(
            feeds, [&](feed const& f) { return f.window == each.window && f.group_key == each.group_key; });
        if (known == feeds.end())
            feeds.push_back(std::move(each));
        else
            known->entry.steps |= each.entry.steps; // a window counts an event once
    }
}

void conclude_rule(live_rule const& live, rule_answer answer, subject const& on, tagging_terms const& terms,
                   tag_memory& memory, evaluation& result) {
    auto& counters = *live.counters;
    match_reason made{std::move(answer.found), {}};
    match_detail of_window;
    made.completed = feed_windows(live, answer, of_window);
    auto outcome = answer.immediate;
    if (outcome != truth::yes && made.completed) {
        outcome = truth::yes;
        made.found = std::move(of_window);
    } else if (outcome == truth::no) {
        outcome = answer.of_windows;
    }
    if (outcome == truth::no)
        return;
    bool const is_undecided = outcome == truth::unknown;
    if (is_undecided) {
        count(counters.failures);
        result.failed.push_back(live.rule);
        if (!answer.is_triggered)
            return;
    } else {
        count(counters.matches);
    }
    auto claims =
        claims_of(live.definition(), effective(live.rule->state(), terms.decided.now), terms.decided, on.observed());
    auto const is_disabled = [](claim const& c) { return c.decided.disabled; };
    auto const is_low = [&](claim const& c) { return !c.decided.disabled && c.confidence < terms.confidence_floor; };
    auto const is_withheld = [&](claim const& c) { return is_disabled(c) || is_low(c); };
    if (!is_undecided) { // an undecided hit may be no match
        note_withheld(live, claims, evaluation::withheld_hit::cause::disabled, is_disabled, result);
        note_withheld(live, claims, evaluation::withheld_hit::cause::below_floor, is_low, result);
    }
    std::erase_if(claims, [&](claim const& c) {
        bool const is_by_decision = c.scaled >= terms.confidence_floor;
        return is_withheld(c) && !(terms.keep_withheld && is_by_decision && !is_undecided);
    });
    if (claims.empty())
        return;
    auto const& wanted = live.definition().evidence_fields;
    auto const* const known = memory.find(wanted);
    copied_fields copied{&wanted, result.tags.size(), 0, false};
    if (known)
        copied = *known;
    auto evidence = evidence_of(live.definition(), on, std::move(made),
                                known ? &result.tags[known->tag].evidence : nullptr, copied);
    if (!known && copied.can_be_shared)
        memory.add(copied);
    std::size_t counted = 0;
    for (std::size_t i = 0; i != claims.size(); ++i) {
        auto& made_of_it = memory.begin_tag(i + 1 == claims.size() ? std::move(evidence) : copy_in_one_block(evidence));
        fill_tag(made_of_it, live.definition(), claims[i], on.observed(), terms, is_undecided);
        if (is_withheld(claims[i]))
            withhold(made_of_it, claims[i]);
        counted += made_of_it.withheld_by == 0;
        memory.end_tag(result.tags);
    }
    count(is_undecided ? counters.undecided : counters.tags, counted);
}

void finish_tags(evaluation& result) {
    put_in_order(result.tags);
    if (!result.failed.empty())
        limit_undecided(result.tags);
}

} // namespace rulehost
