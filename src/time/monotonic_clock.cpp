#include "time/monotonic_clock.hpp"

#include <chrono>
#include <ctime>

#include <sys/resource.h>

namespace rulehost {

std::uint64_t monotonic_nanoseconds() {
    auto const since_start = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(since_start).count());
}

std::uint64_t running_nanoseconds() {
    timespec spent{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return static_cast<std::uint64_t>(spent.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(spent.tv_nsec);
}

std::uint64_t waits_so_far() {
    rusage used{};
    getrusage(RUSAGE_THREAD, &used);
    return static_cast<std::uint64_t>(used.ru_nvcsw);
}

} // namespace rulehost
