#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace rulehost {

/// Runs `work`, one of many (a connection, a request) whose failure must not end the others: calls `failed` with the
/// reason of the exception that ends it. Passes a cancellation on. `failed` outlives the call and may be empty.
boost::asio::awaitable<void> contained(boost::asio::awaitable<void> work,
                                       std::function<void(std::string const&)> const& failed);

} // namespace rulehost
