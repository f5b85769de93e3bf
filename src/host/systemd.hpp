#pragma once

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace rulehost {

/// Where a service stands in its life.
enum class service_phase { ready, reloading, stopping };

/// Tells whoever started us and asked to be told (`NOTIFY_SOCKET`, as systemd's `Type=notify` does). `status` is one
/// line for a person; what a terminal could obey is escaped. Nothing at all where nobody asked. Any thread.
void notify_service_manager(service_phase phase, std::string_view status);
void notify_service_manager(std::string_view status);

/// Tells the watchdog that the loop is alive, twice in each of its intervals (`WATCHDOG_USEC`), until it is cancelled.
/// Returns at once where there is none.
boost::asio::awaitable<void> answer_watchdog();

} // namespace rulehost
