#pragma once

#include "async/notification.hpp"

#include <boost/asio/awaitable.hpp>

#include <utility>

namespace rulehost {

/// A mutex for coroutines, which may suspend while they hold it. Used on one executor; outlives its turns.
class turns {
public:
    turns() = default;

    /// Released by its destructor.
    class turn {
    public:
        explicit turn(turns& of) : of_(&of) { of.taken_ = true; }
        turn(turn&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
        turn& operator=(turn&&) = delete;
        ~turn() {
            if (!of_)
                return;
            of_->taken_ = false;
            of_->ended_.notify();
        }

    private:
        turns* of_;
    };

    /// Returns when no other coroutine has a turn. Cancellation ends it with `operation_aborted`.
    boost::asio::awaitable<turn> take() {
        while (taken_)
            co_await ended_.wait();
        co_return turn(*this);
    }

private:
    bool taken_ = false;
    notification ended_;
};

} // namespace rulehost
