#include "store/change_feed.hpp"

#include "async/bounded_queue.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

/// Queue of one subscriber. It may outlive the store.
class change_subscription::channel {
public:
    explicit channel(std::size_t capacity) : pending_(capacity) {}

    void push(rule_change const& change) {
        if (dropped_ || pending_.is_full())
            return lag(change.revision);
        pending_.push(change);
    }

    void lag(revision newest) {
        pending_.clear();
        dropped_ = newest;
        pending_.wake_reader();
    }

    void end() { pending_.end(); }

    std::optional<change_or_end> take() {
        if (dropped_)
            return subscription_lagged{*std::exchange(dropped_, std::nullopt)};
        if (auto first = pending_.take())
            return std::move(*first);
        if (pending_.has_ended())
            return subscription_ended{};
        return {};
    }

    bool empty() const { return !dropped_ && pending_.is_empty() && !pending_.has_ended(); }

    /// Returns when `take` may have something.
    asio::awaitable<void> changed() { return pending_.changed(); }

private:
    bounded_queue<rule_change> pending_;
    std::optional<revision> dropped_; ///< the newest revision that did not fit; then nothing is pending
};

change_subscription::change_subscription(std::shared_ptr<channel> source) : channel_(std::move(source)) {}
change_subscription::change_subscription(change_subscription&&) noexcept = default;
change_subscription& change_subscription::operator=(change_subscription&&) noexcept = default;
change_subscription::~change_subscription() = default;

asio::awaitable<change_or_end> change_subscription::next() {
    auto const source = channel_;
    for (;;) {
        if (auto taken = source->take())
            co_return std::move(*taken);
        co_await source->changed();
    }
}

bool change_subscription::empty() const {
    return channel_->empty();
}

change_feed::~change_feed() {
    end();
}

void change_feed::end() {
    for_each_subscriber([](change_subscription::channel& each) { each.end(); });
    subscribers_.clear();
}

change_subscription change_feed::subscribe(std::size_t capacity) {
    std::erase_if(subscribers_, [](auto const& each) { return each.expired(); });
    auto added = std::make_shared<change_subscription::channel>(capacity);
    subscribers_.push_back(added);
    return change_subscription(std::move(added));
}

void change_feed::lag(revision newest) {
    for_each_subscriber([&](change_subscription::channel& each) { each.lag(newest); });
}

bool change_feed::has_subscribers() const {
    return std::ranges::any_of(subscribers_, [](auto const& each) { return !each.expired(); });
}

void change_feed::publish(rule_change const& change) {
    for_each_subscriber([&](change_subscription::channel& each) { each.push(change); });
}

template <class Action>
void change_feed::for_each_subscriber(Action act) {
    std::erase_if(subscribers_, [&](auto const& each) {
        auto const alive = each.lock();
        if (alive)
            act(*alive);
        return !alive;
    });
}

} // namespace rulehost
