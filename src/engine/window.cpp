#include "engine/window.hpp"

#include "regex/regex.hpp"

#include <algorithm>
#include <iterator>

namespace rulehost {

window::window(correlation const& definition, window_limits limits)
    : kind_(definition.kind),
      needed_(definition.kind == correlation::node::sequence ? definition.steps.size() : definition.threshold),
      within_(definition.within),
      fires_(definition.fires),
      limits_(limits) {}

std::size_t window::capacity() const {
    // No more entries than the threshold are needed to detect that it is reached.
    return kind_ == correlation::node::sequence ? limits_.entries : std::min(limits_.entries, needed_);
}

window::outcome window::feed(std::string_view group_key, window_entry entry) {
    std::lock_guard const lock{mutex_};
    auto const at = find_or_make(group_key);
    outcome result;
    evicted_entries_ += add(*at, entry, result);
    drop_stale(entry.arrived);
    return result;
}

window::outcome window::would(std::string_view group_key, window_entry entry) const {
    group trial;
    {
        std::lock_guard const lock{mutex_};
        if (auto const found = by_key_.find(group_key); found != by_key_.end())
            trial = *found->second;
    }
    outcome result;
    add(trial, entry, result);
    return result;
}

window::totals window::statistics() const {
    std::lock_guard const lock{mutex_};
    return {groups_.size(), evicted_groups_, evicted_entries_};
}

window::order::iterator window::find_or_make(std::string_view group_key) {
    if (auto const found = by_key_.find(group_key); found != by_key_.end()) {
        groups_.splice(groups_.begin(), groups_, found->second);
        return groups_.begin();
    }
    if (groups_.size() >= std::max<std::size_t>(limits_.groups, 1)) {
        by_key_.erase(groups_.back().key);
        groups_.pop_back();
        ++evicted_groups_;
    }
    order fresh;
    fresh.emplace_front().key = group_key;
    by_key_.emplace(fresh.front().key, fresh.begin());
    groups_.splice(groups_.begin(), fresh);
    return groups_.begin();
}

void window::drop_stale(time_point now) {
    // Removing two at a time keeps up with one new group per event.
    auto const is_stale = [&](group const& each) { // no line: memory ran out while its first event was added
        return each.lines.empty() || each.lines.front().fed < now - 2 * within_;
    };
    for (int i = 0; i != 2 && groups_.size() > 1 && is_stale(groups_.back()); ++i) {
        by_key_.erase(groups_.back().key);
        groups_.pop_back();
    }
}

std::uint64_t window::add(group& of, window_entry const& entry, outcome& result) const {
    auto& to = line_for(of, entry);
    result.needed = needed_;
    result.fired_at = to.fired_at;
    to.fed = entry.arrived;
    to.newest = std::max(to.newest, entry.at);
    auto const horizon = to.newest - within_;
    auto const first_kept = std::ranges::lower_bound(to.places, horizon, {}, &place::at);
    to.places.erase(to.places.begin(), first_kept);

    auto const simultaneous = std::ranges::equal_range(to.places, entry.at, {}, &place::at);
    bool const repeated = kind_ != correlation::node::distinct_count &&
        std::ranges::find(simultaneous, entry.identity, &place::identity) != simultaneous.end();
    std::uint64_t evicted = 0;
    bool completes = true; // for a count, `reached` decides
    if (kind_ == correlation::node::distinct_count)
        evicted = add_distinct(to, entry);
    else if (!repeated)
        evicted = add_place(to, {entry.at, entry.steps, entry.identity}, completes);

    if (kind_ == correlation::node::sequence)
        result.reached = static_cast<std::size_t>(
            std::ranges::count_if(to.chains, [&](auto const& start) { return start && *start >= horizon; }));
    else
        result.reached = to.places.size();
    bool const complete = !repeated && completes && result.reached >= needed_;
    bool const quiet = fires_ == correlation::firing::once_per_window && to.fired_at &&
        std::chrono::abs(to.newest - *to.fired_at) <= within_;
    result.fires = complete && !quiet;
    if (result.fires)
        to.fired_at = to.newest;
    return evicted + share_room(of);
}

window::time_line& window::line_for(group& of, window_entry const& entry) const {
    auto& lines = of.lines;
    auto chosen = lines.end();
    for (auto line = lines.begin(); line != lines.end(); ++line)
        if (std::chrono::abs(line->newest - entry.at) <= within_ &&
            (chosen == lines.end() || line->newest > chosen->newest))
            chosen = line;
    if (chosen == lines.end()) {
        if (lines.size() < 2)
            lines.emplace_back();
        chosen = std::prev(lines.end());
        chosen->places.clear();
        chosen->chains.clear();
        chosen->newest = entry.at;
    }
    std::rotate(lines.begin(), chosen, std::next(chosen));
    if (lines.back().fed < entry.arrived - 2 * within_ && lines.size() > 1)
        lines.pop_back();
    return lines.front();
}

std::uint64_t window::share_room(group& between) const {
    if (between.lines.size() < 2)
        return 0;
    auto& places = between.lines.back().places;
    auto const all = between.lines.front().places.size() + places.size();
    auto const evicted = std::min(places.size(), all - std::min(all, limits_.entries));
    places.erase(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(evicted));
    return evicted;
}

std::uint64_t window::add_distinct(time_line& to, window_entry const& entry) const {
    std::uint64_t evicted = 0;
    for (auto const& value : entry.values) {
        auto at = entry.at;
        if (auto const known = std::ranges::find(to.places, value, &place::identity); known != to.places.end()) {
            at = std::max(at, known->at);
            to.places.erase(known);
        }
        bool ignored = false;
        evicted += add_place(to, {at, 0, value}, ignored);
    }
    return evicted;
}

std::uint64_t window::add_place(time_line& to, place what, bool& completes) const {
    auto const where = std::ranges::upper_bound(to.places, what.at, {}, &place::at);
    bool const late = where != to.places.end();
    to.places.insert(where, what);
    if (kind_ == correlation::node::sequence) {
        to.chains.resize(needed_);
        completes = late ? add_late_chains(to, what) : advance(to.chains, what);
    }
    if (to.places.size() <= capacity())
        return 0;
    to.places.erase(to.places.begin());
    // An entry beyond the threshold does not count as evicted.
    return kind_ == correlation::node::sequence || capacity() < needed_ ? 1 : 0;
}

bool window::advance(chain_starts& chains, place const& by) const {
    bool ends_one = false;
    // From the last step to the first, so that one event fills one place in a chain.
    for (auto step = needed_; step-- > 0;) {
        if ((by.steps >> step & 1u) == 0)
            continue;
        auto const start = step == 0 ? std::optional{by.at} : chains[step - 1];
        if (!start || by.at < *start || by.at - *start > within_)
            continue;
        ends_one = ends_one || step == needed_ - 1;
        if (!chains[step] || *chains[step] < *start)
            chains[step] = start;
    }
    return ends_one;
}

bool window::add_late_chains(time_line& to, place const& late) const {
    // Known chains stay valid; chains through the late event require a full pass.
    auto const known = to.chains.back();
    chain_starts again(needed_);
    bool ends_one = false;
    for (auto const& p : to.places) {
        bool const ends = advance(again, p);
        ends_one = ends_one || (ends && p.at == late.at && p.identity == late.identity);
    }
    for (std::size_t step = 0; step != needed_; ++step)
        to.chains[step] = std::max(to.chains[step], again[step]);
    return ends_one || to.chains.back() != known;
}

namespace {

bool same_meaning(std::shared_ptr<regex const> const& a, std::shared_ptr<regex const> const& b) {
    if (!a || !b)
        return a == b;
    return a->expression() == b->expression() && a->options().ignore_case == b->options().ignore_case;
}

bool same_meaning(value_condition const& a, value_condition const& b) {
    return a.kind == b.kind && a.text == b.text && a.least == b.least && a.most == b.most && a.networks == b.networks &&
        same_meaning(a.expression, b.expression) &&
        std::ranges::equal(a.children, b.children, [](auto const& x, auto const& y) { return same_meaning(x, y); });
}

bool same_meaning(command_condition const& a, command_condition const& b) {
    return a.ignore_case == b.ignore_case && std::ranges::equal(a.tests, b.tests, [](auto const& x, auto const& y) {
               return x.of == y.of && x.none == y.none && same_meaning(x.value, y.value) &&
                   std::ranges::equal(x.others, y.others,
                                      [](auto const& one, auto const& other) { return same_meaning(one, other); });
           });
}

bool same_meaning(condition const& a, condition const& b) {
    return a.kind == b.kind && a.field == b.field && a.quantifier == b.quantifier && a.measured == b.measured &&
        a.compare == b.compare && a.matching == b.matching && a.shell == b.shell && a.operands == b.operands &&
        a.other == b.other && same_meaning(a.expression, b.expression) && a.same_file == b.same_file &&
        std::ranges::equal(a.commands, b.commands,
                           [](auto const& x, auto const& y) {
                               return std::ranges::equal(
                                   x, y, [](auto const& one, auto const& other) { return same_meaning(one, other); });
                           }) &&
        std::ranges::equal(a.children, b.children,
                           [](condition const& x, condition const& y) { return same_meaning(x, y); });
}

} // namespace

bool same_meaning(correlation const& a, correlation const& b) {
    return a.kind == b.kind && a.distinct == b.distinct && a.threshold == b.threshold && a.within == b.within &&
        a.group_by == b.group_by && a.fires == b.fires && a.same_file == b.same_file &&
        std::ranges::equal(a.steps, b.steps, [](condition const& x, condition const& y) { return same_meaning(x, y); });
}

} // namespace rulehost
