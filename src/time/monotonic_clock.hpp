#pragma once

#include <cstdint>

namespace rulehost {

/// Nanoseconds since an arbitrary instant; monotonic. For measuring durations, never for decisions: logic takes `now`,
/// loops a time_source. Costs some 25 ns. Safe from any thread.
std::uint64_t monotonic_nanoseconds();

/// CPU time of this thread in nanoseconds. Costs some 200 ns.
std::uint64_t running_nanoseconds();

/// Number of voluntary context switches of this thread: waits for a lock, input or a time. Preemption does not count.
std::uint64_t waits_so_far();

} // namespace rulehost
