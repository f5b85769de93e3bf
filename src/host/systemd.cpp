#include "host/systemd.hpp"

#include <rulehost/diagnostic.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <string>

#include <systemd/sd-daemon.h>

namespace rulehost {

namespace asio = boost::asio;

namespace {

// Keeps the environment: more notifications may follow.
constexpr int keep_environment = 0;

std::string phase_lines(service_phase phase) {
    switch (phase) {
    case service_phase::ready:
        return "READY=1\n";
    case service_phase::reloading: {
        // Both clocks are CLOCK_MONOTONIC; systemd distinguishes old notices from new ones by it.
        auto const now = std::chrono::steady_clock::now().time_since_epoch();
        return "RELOADING=1\nMONOTONIC_USEC=" +
            std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count()) + "\n";
    }
    case service_phase::stopping:
        return "STOPPING=1\n";
    }
    return {};
}

void send(std::string const& lines) {
    ::sd_notify(keep_environment, lines.c_str());
}

} // namespace

void notify_service_manager(service_phase phase, std::string_view status) {
    send(phase_lines(phase) + "STATUS=" + escape_for_terminal(status));
}

void notify_service_manager(std::string_view status) {
    send("STATUS=" + escape_for_terminal(status));
}

asio::awaitable<void> answer_watchdog() {
    std::uint64_t interval = 0;
    if (::sd_watchdog_enabled(keep_environment, &interval) <= 0)
        co_return;
    // Not through a time_source: the watchdog counts monotonic time, and a clock set back must not trigger it.
    asio::steady_timer beat(co_await asio::this_coro::executor);
    for (;;) {
        send("WATCHDOG=1");
        beat.expires_after(std::chrono::microseconds(interval / 2));
        co_await beat.async_wait(asio::use_awaitable);
    }
}

} // namespace rulehost
