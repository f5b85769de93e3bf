#pragma once

#include "async/notification.hpp"

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace rulehost {

/// A bounded queue with one reader, which waits; writers never wait and decide what a full queue drops. Used on one
/// executor; the reader keeps it alive.
template <class T>
class bounded_queue {
public:
    /// At least one element fits.
    explicit bounded_queue(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}

    bool is_empty() const { return elements_.empty(); }
    bool is_full() const { return elements_.size() == capacity_; }

    /// The queue is not full.
    void push(T element) {
        elements_.push_back(std::move(element));
        changed_.notify();
    }
    /// Drops the oldest.
    void pop() { elements_.pop_front(); }
    void clear() { elements_ = {}; }

    /// Marks the end: no more elements follow.
    void end() {
        ended_ = true;
        changed_.notify();
    }
    bool has_ended() const { return ended_; }

    /// Wakes the reader without an element.
    void wake_reader() { changed_.notify(); }

    std::optional<T> take() {
        if (elements_.empty())
            return std::nullopt;
        std::optional<T> first(std::move(elements_.front()));
        elements_.pop_front();
        return first;
    }

    /// Returns after the next push, end or call of `wake_reader`. Cancellation ends it with `operation_aborted`.
    boost::asio::awaitable<void> changed() { return changed_.wait(); }

private:
    std::size_t capacity_;
    std::deque<T> elements_;
    bool ended_ = false;
    notification changed_;
};

} // namespace rulehost
