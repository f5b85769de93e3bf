#pragma once

#include <rulehost/change_subscription.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace rulehost {

/// The store's side of all subscriptions. Publishing never waits for a reader and never buffers more than the reader's
/// capacity. Used on the store's executor; destroying it ends the subscriptions, after they were read.
class change_feed {
public:
    change_feed() = default;
    change_feed(change_feed const&) = delete;
    change_feed& operator=(change_feed const&) = delete;
    ~change_feed();

    /// Registered before it returns. Buffers `capacity` changes (at least one) for a busy reader.
    change_subscription subscribe(std::size_t capacity);

    bool has_subscribers() const;

    void publish(rule_change const& change);

    /// Makes every subscriber reload: changes up to `newest` cannot be published one by one.
    void lag(revision newest);

    /// Ends every subscription, after it was read.
    void end();

private:
    template <class Action>
    void for_each_subscriber(Action act);

    std::vector<std::weak_ptr<change_subscription::channel>> subscribers_;
};

} // namespace rulehost
