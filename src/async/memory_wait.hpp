#pragma once

#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <new>

namespace rulehost {

/// Runs `step` until it does not throw std::bad_alloc, with a pause of `time` after each attempt: for bookkeeping that
/// cannot be skipped. A failed `step` must be repeatable. Passes other exceptions on; cancellation ends the pause with
/// `operation_aborted`. `time` and `step` outlive the call.
template <class Step>
boost::asio::awaitable<void> until_there_is_memory(time_source& time, Step& step) {
    for (;;) {
        try {
            step();
            co_return;
        } catch (std::bad_alloc const&) {
            // Waits outside: a handler cannot.
        }
        co_await time.pause(std::chrono::seconds{1});
    }
}

} // namespace rulehost
