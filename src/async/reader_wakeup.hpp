#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace rulehost {

/// Wakes the one reader of a queue. The reader waits on a timer in its own frame, so that a queue
/// which nobody reads holds nothing of an executor and may outlive it. Used on one executor.
class reader_wakeup {
public:
    reader_wakeup() = default;
    reader_wakeup(reader_wakeup const&) = delete;
    reader_wakeup& operator=(reader_wakeup const&) = delete;

    /// Returns after the next `notify`; one coroutine at a time. Cancellation ends it with `operation_aborted`. What this
    /// belongs to is kept alive by the reader.
    boost::asio::awaitable<void> wait();

    void notify() {
        if (reader_)
            reader_->cancel();
    }

private:
    boost::asio::steady_timer* reader_ = nullptr;
};

} // namespace rulehost
