#include "store/sync/held_lease.hpp"

#include <new>

namespace rulehost {

namespace asio = boost::asio;

asio::awaitable<bool> held_lease::take() {
    auto const before = time_.now();
    auto const taken = co_await database_.take_lease(claim_.name, claim_.holder, length_);
    until_ = taken ? before + length_ : time_point{};
    co_return taken;
}

asio::awaitable<void> held_lease::renew() {
    auto const left = until_ - time_.now();
    if (left <= duration::zero())
        throw lease_lost();
    if (left > length_ / 2)
        co_return;
    bool const held = co_await take();
    if (!held)
        throw lease_lost();
}

asio::awaitable<void> held_lease::give_back() {
    if (until_ == time_point{})
        co_return;
    until_ = {};
    try {
        co_await database_.give_lease_back(claim_.name, claim_.holder);
    } catch (store_unavailable const&) {
    } catch (std::bad_alloc const&) {}
}

} // namespace rulehost
