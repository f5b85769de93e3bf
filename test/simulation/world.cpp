#include "simulation/world.hpp"

#include "simulation/oracle.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <ostream>
#include <stdexcept>

namespace rulehost::simulation {

namespace asio = boost::asio;
using namespace std::chrono_literals;

void trace::note(std::string const& line) {
    auto const whole = format_time(time_.now()) + " " + line + "\n";
    for (char const c : whole)
        hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    if (shown_)
        *shown_ << whole;
}

void world::notify() {
    for (auto* const each : listeners)
        if (healthy || random.chance(notified))
            (*each)();
}

void world::run(std::string const& what, asio::awaitable<void> work) {
    bool done = false;
    asio::co_spawn(loop, std::move(work), [&](std::exception_ptr problem) {
        done = true;
        try {
            if (problem)
                std::rethrow_exception(problem);
        } catch (std::exception const& error) {
            blame(what + ": " + error.what());
        }
    });
    time.settle();
    for (int i = 0; !done && i < 10'000; ++i)
        time.advance_to_next();
    if (!done)
        throw std::logic_error(what + " hangs"); // it refers to objects that are about to be destroyed
}

asio::awaitable<void> machine_clock::sleep_until(time_point deadline) {
    while (now() < deadline) {
        auto const next = in_.time.now() + std::min<duration>(deadline - now(), 1s);
        co_await in_.time.sleep_until(next);
    }
}

void network_link::require_up(database_error::kind if_cut) const {
    auto const now = in_.time.now();
    if (dead || (!in_.healthy && (now < down_until || now < in_.database_down_until)))
        throw database_error(if_cut, "cut off");
}

asio::awaitable<void> network_link::travel(database_error::kind if_cut) {
    if (in_.healthy || ending)
        co_return;
    if (in_.random.chance(in_.delay)) {
        auto const longest = in_.random.chance(0.2) ? in_.max_delay : 50ms;
        auto const arrival = in_.time.now() + in_.random.between(1ms, longest);
        co_await in_.time.sleep_until(arrival);
    }
    if (in_.random.chance(in_.loss))
        throw database_error(if_cut, "cut off");
}

asio::awaitable<void> network_link::before(std::string_view call) {
    std::string const name(call);
    require_up(database_error::kind::lost);
    co_await travel(database_error::kind::lost);
    require_up(database_error::kind::lost);
    in_.log.note(owner_ + " calls " + name);
}

asio::awaitable<void> network_link::after(std::string_view call) {
    std::string const name(call);
    if (in_.truth->look() != 0)
        in_.notify();
    require_up(database_error::kind::in_doubt);
    co_await travel(database_error::kind::in_doubt);
    require_up(database_error::kind::in_doubt);
    in_.log.note(owner_ + " got " + name);
}

} // namespace rulehost::simulation
