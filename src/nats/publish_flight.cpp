#include "nats/publish_flight.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rulehost {

publish_flight::publish_flight(std::size_t messages, std::size_t max_in_flight)
    : settled_(messages, false), max_in_flight_(max_in_flight) {}

publish_flight::step publish_flight::next() {
    if (!failure_.empty())
        return {action::fail, 0, 0};
    if (auto const count = std::min(settled_.size() - next_, max_in_flight_ - std::min(max_in_flight_, in_flight_));
        count > 0) {
        step const sent{action::send, next_, next_ + count};
        next_ += count;
        in_flight_ += count;
        return sent;
    }
    if (in_flight_ > 0)
        return {action::wait, 0, 0};
    if (!doubtful_.empty() && stored_ == 0) {
        culprit_ = doubtful_.front().index;
        fail(doubtful_.front().reason);
        return {action::fail, 0, 0};
    }
    std::ranges::move(doubtful_, std::back_inserter(refused_));
    doubtful_.clear();
    std::ranges::sort(refused_, {}, &refused_message::index);
    return {action::end, 0, 0};
}

void publish_flight::stored(std::size_t index) {
    if (!is_open(index))
        return;
    ++stored_;
    settle(index);
}

void publish_flight::refused(std::size_t index, fault whose, std::string reason) {
    if (!is_open(index))
        return;
    (whose == fault::doubtful ? doubtful_ : refused_).push_back({index, std::move(reason)});
    settle(index); // last: if memory ran out above, the answer is still pending
}

void publish_flight::silent() {
    if (stored_ == 0) {
        fail("no acknowledgement in time");
        return;
    }
    for (std::size_t index = 0; index < next_; ++index)
        refused(index, fault::doubtful, "no acknowledgement, while others have one");
}

void publish_flight::fail(std::string why) {
    if (failure_.empty())
        failure_ = std::move(why);
}

void publish_flight::settle(std::size_t index) {
    settled_[index] = true;
    --in_flight_;
}

} // namespace rulehost
