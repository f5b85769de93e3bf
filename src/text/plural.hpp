#pragma once

#include <cstdint>
#include <string>

namespace rulehost {

/// `1 rule`, `2 rules`.
inline std::string plural(std::uint64_t count, std::string const& noun) {
    return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

} // namespace rulehost
