#pragma once

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace rulehost {

/// Phases of a service.
enum class service_phase { ready, reloading, stopping };

/// Notifies the service manager over `NOTIFY_SOCKET` (systemd's `Type=notify`); does nothing without it. `status` is
/// one line for a person; control characters are escaped. Safe from any thread.
void notify_service_manager(service_phase phase, std::string_view status);
void notify_service_manager(std::string_view status);

/// Notifies the watchdog that the loop is alive, twice per interval (`WATCHDOG_USEC`), until it is cancelled. Returns
/// at once without a watchdog.
boost::asio::awaitable<void> answer_watchdog();

} // namespace rulehost
