#pragma once

#include <cstdint>

namespace rulehost {

/// Nanoseconds since some instant; never goes back. For measuring how long something takes, never for deciding
/// anything: logic takes `now`, loops a time_source. Costs some 25 ns. Safe from any thread.
std::uint64_t monotonic_nanoseconds();

/// Nanoseconds that this thread has been running: what others do with the machine meanwhile does not count. Costs some
/// 200 ns.
std::uint64_t running_nanoseconds();

/// How often this thread has stopped running by itself, to wait for a lock, for input or for a time; being interrupted
/// in favour of others does not count.
std::uint64_t waits_so_far();

} // namespace rulehost
