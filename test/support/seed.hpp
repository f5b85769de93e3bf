#pragma once

#include <cstdint>
#include <cstdlib>

namespace rulehost::test {

/// The seed of a random test: RULEHOST_SEED, to replay one that failed, else `otherwise`.
inline std::uint64_t seed_or(std::uint64_t otherwise) {
    auto const* const given = std::getenv("RULEHOST_SEED");
    return given ? std::strtoull(given, nullptr, 10) : otherwise;
}

} // namespace rulehost::test
