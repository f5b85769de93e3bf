#include <rulehost/virtual_time.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace rulehost {

/// Lives in the frame of the sleeper; leaves the list of sleepers when that frame is destroyed.
struct virtual_time::sleeper {
    sleeper(virtual_time& owner_, time_point deadline, boost::asio::any_io_executor executor)
        : owner(&owner_),
          timer(std::move(executor), boost::asio::steady_timer::time_point::max()),
          place(owner_.sleepers_.emplace(deadline, this)) {}
    sleeper(sleeper const&) = delete;
    sleeper& operator=(sleeper const&) = delete;
    ~sleeper() {
        if (owner)
            owner->sleepers_.erase(place);
    }

    /// Called by the owner after removing it from the list.
    void wake() {
        owner = nullptr;
        timer.cancel();
    }

    virtual_time* owner;
    boost::asio::steady_timer timer; ///< never expires; cancelled to wake the sleeper
    std::multimap<time_point, sleeper*>::iterator place;
};

virtual_time::virtual_time(boost::asio::io_context& loop, time_point start) : loop_(loop), now_(start) {}

virtual_time::~virtual_time() {
    for (auto const& [deadline, sleeping] : sleepers_)
        sleeping->owner = nullptr;
}

boost::asio::awaitable<void> virtual_time::sleep_until(time_point deadline) {
    if (deadline <= now_)
        co_return;
    sleeper self(*this, deadline, co_await boost::asio::this_coro::executor);
    co_await self.timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (self.owner)
        throw boost::system::system_error(boost::asio::error::operation_aborted);
}

void virtual_time::settle() {
    do
        loop_.restart();
    while (loop_.poll() != 0);
}

bool virtual_time::advance_to_next() {
    settle();
    if (sleepers_.empty())
        return false;
    wake_at(sleepers_.begin()->first);
    return true;
}

void virtual_time::advance(duration step) {
    auto const target = now_ + step;
    settle();
    while (!sleepers_.empty() && sleepers_.begin()->first <= target)
        wake_at(sleepers_.begin()->first);
    now_ = target;
    settle();
}

void virtual_time::wake_at(time_point deadline) {
    now_ = deadline;
    auto const [first, last] = sleepers_.equal_range(deadline);
    std::multimap<time_point, sleeper*> due;
    for (auto next = first; next != last;)
        due.insert(due.end(), sleepers_.extract(next++));
    for (auto const& [instant, sleeping] : due)
        sleeping->wake();
    settle();
}

} // namespace rulehost
