#include "report/report_data.hpp"

#include "event/typed_text.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_typed = event_step::max_typed;

/// The first `count` of `all` in the order of `before`.
template <class Entry, class Before>
std::vector<Entry> first_of(std::map<std::string, Entry> const& all, std::size_t count, Before before) {
    std::vector<Entry const*> order;
    for (auto const& [name, each] : all)
        order.push_back(&each);
    auto const end = order.begin() + static_cast<std::ptrdiff_t>(std::min(count, order.size()));
    std::ranges::partial_sort(order, end, [&](Entry const* a, Entry const* b) { return before(*a, *b); });
    std::vector<Entry> first;
    for (auto each = order.begin(); each != end; ++each)
        first.push_back(**each);
    return first;
}

} // namespace

std::size_t report_data::bar_of(time_point at) const {
    auto const whole = (until_ - since_).count();
    auto const part = std::clamp((at - since_).count(), duration::rep{0}, whole - 1);
    return static_cast<std::size_t>(static_cast<double>(part) / static_cast<double>(whole) * bars);
}

void report_data::add(tag const& seen, time_point happened_at) {
    ++tags_;
    if (happened_at < since_ || happened_at >= until_)
        ++outside_;
    ++timeline_[std::min(bar_of(happened_at), bars - 1)];
    if (!seen.decky_id.empty() && sensors_.size() < max_entries)
        sensors_.insert(seen.decky_id);
    auto const& id = technique_of(seen);
    auto& technique = techniques_[{seen.tactic, id}];
    ++technique.tags;
    technique.tactic = seen.tactic;
    technique.id = id;
    technique.highest = std::max(technique.highest, seen.confidence);

    auto const& name = seen.src_ip.empty() ? seen.attacker_uuid : seen.src_ip;
    if (!name.empty() && (sources_.size() < max_entries || sources_.contains(name))) {
        auto& source = sources_[name];
        if (source.tags == 0 && !seen.src_ip.empty()) {
            source.has_address = true;
            ++addresses_;
        }
        source.name = name;
        ++source.tags;
        source.highest = std::max(source.highest, seen.confidence);
        ++source.tactics[seen.tactic];
        if (!seen.decky_id.empty() && source.sensors.size() < seen_source::max_sessions)
            source.sensors.insert(seen.decky_id);
        if (!seen.session_id.empty() && source.sessions.size() < seen_source::max_sessions)
            source.sessions.insert(seen.session_id);
    } else {
        cut_ = cut_ || !name.empty();
    }
    if (seen.session_id.empty())
        return;
    if (sessions_.size() >= max_entries && !sessions_.contains(seen.session_id)) {
        cut_ = true;
        return;
    }
    auto const [at, is_new] = sessions_.try_emplace(seen.session_id);
    auto& session = at->second;
    if (is_new) {
        session.id = seen.session_id;
        session.source = name;
        session.sensor = seen.decky_id;
        session.first = session.last = happened_at;
    }
    session.first = std::min(session.first, happened_at);
    session.last = std::max(session.last, happened_at);
    ++session.tags;
    session.highest = std::max(session.highest, seen.confidence);
    session.tactics.insert(seen.tactic);
}

std::uint64_t report_data::sessions_at(double confidence) const {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(sessions_, [&](auto const& each) { return each.second.highest >= confidence; }));
}

std::vector<seen_technique> report_data::techniques() const {
    std::vector<seen_technique> all;
    for (auto const& [key, each] : techniques_)
        all.push_back(each);
    return all;
}

std::vector<seen_source> report_data::top_sources(std::size_t count) const {
    return first_of(sources_, count, [](seen_source const& a, seen_source const& b) {
        return a.tags != b.tags ? a.tags > b.tags : a.name < b.name;
    });
}

std::vector<seen_session> report_data::top_sessions(std::size_t count) const {
    return first_of(sessions_, count, [](seen_session const& a, seen_session const& b) {
        auto const rank = [](seen_session const& each) { return std::pair(each.tactics.size(), each.tags); };
        return rank(a) != rank(b) ? rank(a) > rank(b) : a.id < b.id;
    });
}

bool story_builder::add(event_step const& said) {
    if (said_ == max_steps_) {
        story_.is_cut = true;
        return false;
    }
    if (step_of(said.source_kind, said.source_id))
        return true;
    add_step(said.source_kind, said.source_id, said.happened_at, said_).typed = said.typed;
    return true;
}

bool story_builder::add(tag const& seen, time_point happened_at, bool is_retracted) {
    if (end_ && happened_at > *end_) {
        story_.is_cut = story_.is_cut || !step_of(seen.source_kind, seen.source_id);
        return false;
    }
    auto* step = step_of(seen.source_kind, seen.source_id);
    if (!step && without_text_ == max_steps_) {
        story_.is_cut = true;
        return true; // tags of the steps may follow
    }
    if (!step)
        step = &add_step(seen.source_kind, seen.source_id, happened_at, without_text_);
    if (step->typed.empty()) // some rules leave it out of the evidence
        step->typed = typed_text(seen, max_typed);
    step->found.push_back({.technique = technique_of(seen),
                           .rule_id = seen.rule_id,
                           .confidence = seen.confidence,
                           .marks = marks_of(seen, is_retracted)});
    return true;
}

/// Null: there is none yet.
session_step* story_builder::step_of(std::string const& kind, std::string const& source_id) {
    auto const found = places_.find({kind, source_id});
    return found == places_.end() ? nullptr : &story_.steps[found->second];
}

session_step& story_builder::add_step(std::string const& kind, std::string const& source_id, time_point at,
                                      std::size_t& number) {
    places_.emplace(std::pair(kind, source_id), story_.steps.size());
    if (++number == max_steps_)
        end_ = at;
    auto& step = story_.steps.emplace_back();
    step.at = at;
    step.kind = kind;
    step.source_id = source_id;
    return step;
}

session_story story_builder::take() {
    story_.has_untagged = said_ != 0;
    auto const all = std::exchange(story_.steps, {});
    auto const texts = std::span(all).first(said_);
    auto const tags = std::span(all).subspan(said_);
    std::ranges::merge(texts, tags, std::back_inserter(story_.steps), {}, &session_step::at, &session_step::at);
    if (story_.steps.size() > max_steps_) {
        story_.steps.resize(max_steps_);
        story_.is_cut = true;
    }
    return std::move(story_);
}

} // namespace rulehost
