#include "host/systemd.hpp"

#include "support/real_sockets.hpp"
#include "support/temporary_directory.hpp"

#include <rulehost/task_group.hpp>

#include <boost/asio/local/datagram_protocol.hpp>

#include <array>
#include <cstdlib>
#include <string>

#include <unistd.h>

using namespace rulehost;
namespace asio = boost::asio;

namespace {

/// The receiving end of NOTIFY_SOCKET.
struct notified : test::real_sockets {
    notified() : service_manager(loop, (directory / "notify").string()) {
        ::setenv("NOTIFY_SOCKET", (directory / "notify").c_str(), 1);
    }
    ~notified() {
        for (auto const* const name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
            ::unsetenv(name);
    }

    std::string received() {
        std::array<char, 4096> text;
        auto const size = service_manager.receive(asio::buffer(text));
        return {text.data(), size};
    }

    test::temporary_directory directory;
    asio::local::datagram_protocol::socket service_manager;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(service_notices, notified)

BOOST_AUTO_TEST_CASE(each_phase_is_reported_with_its_status) {
    notify_service_manager(service_phase::ready, "214 rules live");
    BOOST_TEST(received() == "READY=1\nSTATUS=214 rules live");
    notify_service_manager(service_phase::stopping, "draining");
    BOOST_TEST(received() == "STOPPING=1\nSTATUS=draining");
    notify_service_manager("stale");
    BOOST_TEST(received() == "STATUS=stale");
}

BOOST_AUTO_TEST_CASE(reload_carries_the_monotonic_time) {
    auto const microseconds = [] {
        return std::chrono::duration_cast<std::chrono::microseconds>(
                   std::chrono::steady_clock::now().time_since_epoch())
            .count();
    };
    auto const before = microseconds();
    notify_service_manager(service_phase::reloading, "reading the rules again");
    auto const text = received();
    std::string const start = "RELOADING=1\nMONOTONIC_USEC=";
    BOOST_REQUIRE(text.starts_with(start));
    auto const stamp = std::stoll(text.substr(start.size()));
    BOOST_TEST(stamp >= before);
    BOOST_TEST(stamp <= microseconds());
}

BOOST_AUTO_TEST_CASE(status_cannot_smuggle_in_another_notice) {
    notify_service_manager("x\nMAINPID=1\x1b");
    BOOST_TEST(received() == "STATUS=x\\x0aMAINPID=1\\x1b");
}

BOOST_AUTO_TEST_CASE(watchdog_is_answered_again_and_again) {
    ::setenv("WATCHDOG_USEC", "2000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    task_group tasks(loop.get_executor());
    tasks.spawn("watchdog", answer_watchdog());
    for (int beat = 0; beat < 3; ++beat) {
        run_until([&] { return service_manager.available() > 0; });
        BOOST_TEST(received() == "WATCHDOG=1");
    }
    tasks.cancel();
    run(tasks.join());
}

BOOST_AUTO_TEST_CASE(watchdog_of_another_process_is_not_answered) {
    ::setenv("WATCHDOG_USEC", "2000", 1);
    ::setenv("WATCHDOG_PID", "1", 1);
    run(answer_watchdog());
    BOOST_TEST(service_manager.available() == 0u);
}

BOOST_AUTO_TEST_CASE(missing_service_manager_is_no_error) {
    ::unsetenv("NOTIFY_SOCKET");
    notify_service_manager(service_phase::ready, "here");
    run(answer_watchdog());
    BOOST_TEST(service_manager.available() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
