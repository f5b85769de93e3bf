#include "sql/outbox_progress.hpp"

#include <algorithm>
#include <iterator>

namespace rulehost {

namespace {

constexpr duration between_sightings = std::chrono::seconds{1};

} // namespace

std::vector<outbox_progress::range> outbox_progress::done_above(std::size_t limit) const {
    std::vector<range> ranges;
    for (auto const& each : done_) {
        if (ranges.size() == limit)
            break;
        ranges.emplace_back(each);
    }
    return ranges;
}

void outbox_progress::add(std::int64_t sequence) {
    if (sequence <= cursor_)
        return;
    auto after = done_.upper_bound(sequence);
    auto const before = after == done_.begin() ? done_.end() : std::prev(after);
    if (before != done_.end() && before->second >= sequence)
        return;
    auto last = sequence;
    if (after != done_.end() && after->first == sequence + 1) {
        last = after->second;
        after = done_.erase(after);
    }
    if (before != done_.end() && before->second == sequence - 1)
        before->second = last;
    else
        done_.emplace_hint(after, sequence, last);
}

void outbox_progress::advance(std::optional<std::int64_t> lowest_left, steady_point now) {
    auto highest = lowest_left.value_or(0);
    if (!done_.empty())
        highest = std::max(highest, done_.rbegin()->second);
    if (highest > cursor_ && (seen_.empty() || now - seen_.back().first >= between_sightings))
        seen_.emplace_back(now, highest);
    while (!seen_.empty() && now - seen_.front().first >= patience) {
        settled_ = std::max(settled_, seen_.front().second);
        seen_.pop_front();
    }
    while (!done_.empty()) {
        auto const [first, last] = *done_.begin();
        auto const is_next = first == cursor_ + 1 || first - 1 <= settled_;
        if (!is_next || (lowest_left && first > *lowest_left))
            return;
        cursor_ = last;
        done_.erase(done_.begin());
    }
}

} // namespace rulehost
