#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string_view>

namespace rulehost {

/// Test hooks around each call of a database, on the executor of the caller. Both may wait. The call fails with a
/// `database_error` that they throw: of kind `lost` before it was made, of kind `in_doubt` when what it did stays done
/// and only the answer is lost. Empty: nothing.
struct database_faults {
    std::function<boost::asio::awaitable<void>(std::string_view call)> before;
    std::function<boost::asio::awaitable<void>(std::string_view call)> after;
};

} // namespace rulehost
