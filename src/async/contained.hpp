#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>

namespace rulehost {

/// Runs `work`, one of many (a connection, a request) that must not end the others: `failed` is told of the exception
/// that ends it, in words. The answer to a cancellation is passed on. `failed` outlives the call, and may be empty.
boost::asio::awaitable<void> contained(boost::asio::awaitable<void> work,
                                       std::function<void(std::string const&)> const& failed);

} // namespace rulehost
