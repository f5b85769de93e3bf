#include <rulehost/bus.hpp>

#include "async/bounded_queue.hpp"

#include <rulehost/topic.hpp>

#include <algorithm>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

bool is_pattern(std::string_view text) {
    for (;;) {
        auto const end = text.find('.');
        auto const token = text.substr(0, end);
        if (token.empty() || (token == ">" && end != text.npos))
            return false;
        if (end == text.npos)
            return true;
        text.remove_prefix(end + 1);
    }
}

} // namespace

/// Queue of one listener.
class bus_subscription::queue {
public:
    queue(std::string pattern, std::size_t capacity) : pattern_(std::move(pattern)), pending_(capacity) {}

    bool wants(std::string_view topic) const { return topic_matches(pattern_, topic); }

    /// Drops the oldest when full: the newest are the most relevant.
    void push(bus_message_ptr const& message) {
        if (pending_.is_full()) {
            pending_.pop();
            ++missed_;
        }
        pending_.push(message);
    }

    void lost() noexcept { ++missed_; }

    void end() { pending_.end(); }

    /// Null at the end; empty if there is nothing yet.
    std::optional<bus_message_ptr> take() {
        if (auto first = pending_.take())
            return first;
        return pending_.has_ended() ? std::optional<bus_message_ptr>(nullptr) : std::nullopt;
    }

    /// Returns when `take` may have something.
    asio::awaitable<void> changed() { return pending_.changed(); }

    std::uint64_t missed() const { return missed_; }

private:
    std::string const pattern_;
    bounded_queue<bus_message_ptr> pending_;
    std::uint64_t missed_ = 0;
};

bus_subscription::bus_subscription(std::shared_ptr<queue> source) : queue_(std::move(source)) {}
bus_subscription::bus_subscription(bus_subscription&&) noexcept = default;
bus_subscription& bus_subscription::operator=(bus_subscription&&) noexcept = default;
bus_subscription::~bus_subscription() = default;

asio::awaitable<bus_message_ptr> bus_subscription::next() {
    auto const source = queue_;
    for (;;) {
        if (auto taken = source->take())
            co_return std::move(*taken);
        co_await source->changed();
    }
}

std::uint64_t bus_subscription::missed() const {
    return queue_->missed();
}

bus::~bus() {
    for (auto const& each : listeners_)
        if (auto const listener = each.lock())
            listener->end();
}

void bus::publish(std::string_view topic, std::string_view payload) noexcept {
    bus_message_ptr message;
    for (auto const& each : listeners_) {
        auto const listener = each.lock();
        if (!listener || !listener->wants(topic))
            continue;
        try {
            if (!message)
                message = std::make_shared<bus_message const>(bus_message{std::string(topic), std::string(payload)});
            listener->push(message);
        } catch (std::bad_alloc const&) {
            listener->lost();
        }
    }
}

bool bus::has_subscribers() const {
    return std::ranges::any_of(listeners_, [](auto const& each) { return !each.expired(); });
}

bus_subscription bus::subscribe(std::string pattern, std::size_t capacity) {
    if (!is_pattern(pattern))
        throw std::invalid_argument("'" + pattern + "' is not a pattern of topics");
    std::erase_if(listeners_, [](auto const& each) { return each.expired(); });
    auto added = std::make_shared<bus_subscription::queue>(std::move(pattern), capacity);
    listeners_.push_back(added);
    return bus_subscription(std::move(added));
}

} // namespace rulehost
