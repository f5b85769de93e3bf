#include "report/report_data.hpp"

#include "event/typed_text.hpp"

#include <algorithm>
#include <iterator>
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

bool story_builder::add(tag const& seen, time_point happened_at) {
    if (story_.steps.empty() || seen.source_id != last_source_id_) {
        if (story_.steps.size() == max_steps_) {
            story_.is_cut = true;
            return false;
        }
        last_source_id_ = seen.source_id;
        auto& step = story_.steps.emplace_back();
        step.at = happened_at;
        step.kind = seen.source_kind;
        step.source_id = seen.source_id;
    }
    auto& step = story_.steps.back();
    if (step.typed.empty()) // some rules leave it out of the evidence
        step.typed = typed_text(seen, max_typed);
    step.found.push_back({technique_of(seen), seen.rule_id, seen.confidence});
    return true;
}

bool story_builder::add(event_step const& said) {
    if (said_.size() == max_steps_) {
        story_.is_cut = true;
        return false;
    }
    said_.push_back(said);
    return true;
}

session_story story_builder::take() {
    story_.has_untagged = !said_.empty();
    std::map<std::pair<std::string, std::string>, std::string*> without_tags;
    for (auto& each : said_)
        without_tags.emplace(std::pair(each.source_kind, each.source_id), &each.typed);
    for (auto& step : story_.steps) {
        auto const found = without_tags.find({step.kind, step.source_id});
        if (found == without_tags.end())
            continue;
        step.typed = *found->second;
        without_tags.erase(found);
    }
    std::vector<session_step> untagged;
    for (auto& each : said_) {
        if (without_tags.erase({each.source_kind, each.source_id}) == 0)
            continue;
        auto& step = untagged.emplace_back();
        step.at = each.happened_at;
        step.kind = std::move(each.source_kind);
        step.source_id = std::move(each.source_id);
        step.typed = std::move(each.typed);
    }
    auto const tagged = std::exchange(story_.steps, {});
    std::ranges::merge(tagged, untagged, std::back_inserter(story_.steps), {}, &session_step::at, &session_step::at);
    if (story_.steps.size() > max_steps_) {
        story_.steps.resize(max_steps_);
        story_.is_cut = true;
    }
    return std::move(story_);
}

} // namespace rulehost
