#pragma once

#include <rulehost/time_source.hpp>

#include <boost/asio/awaitable.hpp>

namespace rulehost {

/// Runs `work` for at most `limit`; false: it was cancelled at the limit. Forwards its exceptions, and a cancellation
/// of the caller. `time` outlives the call.
boost::asio::awaitable<bool> ends_within(time_source& time, duration limit, boost::asio::awaitable<void> work);

} // namespace rulehost
