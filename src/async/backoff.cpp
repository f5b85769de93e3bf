#include "async/backoff.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace rulehost {

namespace {

std::function<double()> system_randomness() {
    return [engine = std::mt19937(std::random_device{}())]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(engine);
    };
}

} // namespace

backoff::backoff(duration first, duration longest, std::function<double()> random)
    : first_(first), longest_(longest), pause_(first), random_(random ? std::move(random) : system_randomness()) {}

duration backoff::next() {
    auto const pause = std::exchange(pause_, std::min(2 * pause_, longest_));
    return pause / 2 + std::chrono::duration_cast<duration>(pause * random_() / 2);
}

} // namespace rulehost
