#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string_view>

namespace rulehost {

/// Test hooks before and after each database call, on the caller's executor. Both may wait. A `database_error` that
/// they throw fails the call: kind `lost` before it is made, kind `in_doubt` when it took effect and only the answer is
/// lost. Empty: no hook.
struct database_faults {
    std::function<boost::asio::awaitable<void>(std::string_view call)> before;
    std::function<boost::asio::awaitable<void>(std::string_view call)> after;
};

} // namespace rulehost
