#include "engine/rule_run.hpp"

#include "engine/claim.hpp"
#include "match/field_values.hpp"
#include "text/member_path.hpp"
#include "text/utf8.hpp"
#include "uuid/named_uuid.hpp"

#include <boost/json/array.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace rulehost {

namespace {

constexpr std::size_t max_group_value_length = 128;
constexpr std::size_t max_files = 16;             // of one event, for a sequence about one file
constexpr std::size_t max_distinct_values = 1000; // of one event

/// Fields that the evidence of every command holds.
std::array<field_path, 4> const fields_of_commands{{{{"uid"}}, {{"user"}}, {{"src"}}, {{"pwd"}}}};

/// Why a rule speaks.
struct match {
    match_detail found;
    std::optional<window::outcome> completed;
};

/// Feeds the event to the windows of the rule.
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

/// Feeds every window. Returns the outcome of the first that fires, and by what.
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

/// Copies what an attacker sent, of each field as much as is looked at of a text.
class evidence_copy {
public:
    evidence_copy(subject const& on, match_detail& found) : left_(on.scan_limit()), found_(found) {}

    /// For one more value, which takes more than its text.
    bool has_room() {
        left_ -= std::min(left_, sizeof(boost::json::value));
        found_.truncated = found_.truncated || left_ == 0;
        return left_ != 0;
    }

    boost::json::value of(boost::json::value const& value) {
        if (auto const* const text = value.if_string())
            return boost::json::value(beginning(*text));
        if (auto const* const list = value.if_array()) {
            boost::json::array copy;
            for (auto const& each : *list)
                if (has_room())
                    copy.push_back(of(each));
            return copy;
        }
        if (auto const* const object = value.if_object()) {
            boost::json::object copy;
            for (auto const& member : *object)
                if (has_room())
                    copy.emplace(beginning(member.key()), of(member.value()));
            return copy;
        }
        return value;
    }

private:
    std::string_view beginning(std::string_view text) {
        auto const kept = text.substr(0, left_);
        found_.truncated = found_.truncated || kept.size() != text.size();
        left_ -= kept.size();
        return kept;
    }

    std::size_t left_;
    match_detail& found_;
};

void add_field(field_path const& path, subject const& on, match_detail& found, boost::json::object& evidence) {
    auto const& e = on.observed();
    if (names_anchor(path)) {
        if (auto const& text = *anchor(e, path.keys.front()); !text.empty())
            evidence[path.keys.front()] = text;
        return;
    }
    boost::json::array values;
    evidence_copy copy(on, found);
    visit_values(e.payload, path.keys, [&](boost::json::value const& value) {
        if (values.empty() || copy.has_room())
            values.push_back(copy.of(value));
        return false;
    });
    auto const name = path.keys.size() == 1 ? path.keys.front() : path.text();
    if (values.size() == 1)
        evidence[name] = std::move(values.front());
    else if (!values.empty())
        evidence[name] = std::move(values);
}

boost::json::object evidence_of(rule_definition const& definition, subject const& on, match made) {
    boost::json::object evidence;
    for (auto const& name : definition.evidence_fields) {
        if (field_path const path{split_path(name).value_or(std::vector<std::string>())}; !path.keys.empty())
            add_field(path, on, made.found, evidence);
    }
    if (on.observed().source_kind == "command")
        for (auto const& path : fields_of_commands)
            if (!evidence.contains(path.keys.front()))
                add_field(path, on, made.found, evidence);
    if (made.found.form)
        evidence["matched_on"] = to_string(*made.found.form);
    if (!made.found.command.empty()) {
        evidence["command"] = to_valid_utf8(on.clipped(made.found.command));
        evidence["reading"] = made.found.reading;
    }
    if (made.completed)
        evidence["window"] = {{"reached", made.completed->reached}, {"needed", made.completed->needed}};
    if (made.found.truncated || on.observed().truncated)
        evidence["truncated"] = true;
    return evidence;
}

tag make_tag(rule_definition const& definition, claim const& claimed, event const& e, time_point now,
             boost::json::object evidence) {
    tag made;
    auto const& what = *claimed.what;
    made.uuid = tag_uuid(e.source_kind, e.source_id, definition.rule_id, definition.rule_version, what.technique_id,
                         what.sub_technique_id);
    made.source_kind = e.source_kind;
    made.source_id = e.source_id;
    made.attacker_uuid = e.attacker_uuid;
    made.identity_uuid = e.identity_uuid;
    made.session_id = e.session_id;
    made.decky_id = e.decky_id;
    made.tactic = what.tactic;
    made.technique_id = what.technique_id;
    made.sub_technique_id = what.sub_technique_id;
    made.confidence = claimed.confidence;
    made.rule_id = definition.rule_id;
    made.rule_version = definition.rule_version;
    made.evidence = std::move(evidence);
    made.attack_release = definition.attack_release;
    made.created_at = now;
    return made;
}

void count(std::atomic<std::uint64_t>& total, std::uint64_t by = 1) {
    total.fetch_add(by, std::memory_order_relaxed);
}

} // namespace

time_point event_time(event const& e, time_point now) {
    return e.observed_at == time_point{} ? now : e.observed_at;
}

std::optional<std::string> group_key(correlation const& by, event const& e, std::string_view file) {
    std::string key;
    auto const add = [&key](std::string text) {
        if (text.size() > max_group_value_length)
            text = boost::uuids::to_string(content_uuid(text));
        // With its length in front no value can pose as two.
        key += std::to_string(text.size()) + ':' + text;
    };
    for (auto const& path : by.group_by) {
        std::string text;
        if (names_anchor(path))
            text = *anchor(e, path.keys.front());
        else
            visit_values(e.payload, path.keys, [&](boost::json::value const& value) {
                text = scalar_text(value);
                return true;
            });
        if (text.empty())
            return {};
        add(std::move(text));
    }
    if (!file.empty())
        add(std::string(file));
    return key;
}

window_entry entry_of(correlation const& by, std::uint32_t steps, event const& e, time_point now) {
    window_entry entry{event_time(e, now), content_uuid(e.source_id), steps, {}, now};
    if (by.kind != correlation::node::distinct_count)
        return entry;
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

rule_answer ask_rule(live_rule const& live, rule_program::variant const& asked, open_tests const* open, subject& on,
                     time_point now) {
    count(live.counters->evaluations);
    on.begin_rule(open);
    rule_answer answer;
    if (!asked.windows.empty())
        ask_windows(live, asked, on, now, answer);
    answer.immediate = asked.match.test(on, answer.found);
    return answer;
}

void conclude_rule(live_rule const& live, rule_answer answer, subject const& on, tagging_terms const& terms,
                   evaluation& result) {
    auto& counters = *live.counters;
    match made{std::move(answer.found), {}};
    match_detail of_window;
    made.completed = feed_windows(live, answer, of_window);
    auto outcome = answer.immediate;
    if (outcome != truth::yes && made.completed) {
        outcome = truth::yes;
        made.found = std::move(of_window);
    } else if (outcome == truth::no) {
        outcome = answer.of_windows;
    }
    if (outcome == truth::unknown) {
        count(counters.failures);
        result.failed.push_back(live.rule);
    }
    if (outcome != truth::yes)
        return;
    count(counters.matches);
    auto const state = effective(live.rule->state(), terms.of_expiries);
    if (state.status == rule_status::disabled) {
        count(counters.suppressed);
        result.suppressed.push_back({live.rule, evaluation::suppression::disabled});
        return;
    }
    auto claims = claims_of(live.definition(), state, on.observed());
    auto const dropped = std::erase_if(claims, [&](claim const& c) { return c.confidence < terms.confidence_floor; });
    if (dropped != 0) {
        count(counters.suppressed);
        result.suppressed.push_back({live.rule, evaluation::suppression::below_floor});
    }
    if (claims.empty())
        return;
    auto const evidence = evidence_of(live.definition(), on, std::move(made));
    for (auto const& claimed : claims)
        result.tags.push_back(make_tag(live.definition(), claimed, on.observed(), terms.now, evidence));
    count(counters.tags, claims.size());
}

} // namespace rulehost
