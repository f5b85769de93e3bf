// systemd.hpp where there is no systemd.
#include "host/systemd.hpp"

namespace rulehost {

void notify_service_manager(service_phase, std::string_view) {}

void notify_service_manager(std::string_view) {}

boost::asio::awaitable<void> answer_watchdog() {
    co_return;
}

} // namespace rulehost
