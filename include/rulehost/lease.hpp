#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace rulehost {

/// Claims that `holder` holds the lease `name` of a database. A write under a claim is rejected (`lease_lost`) if the
/// claim does not hold at its commit, so that a late write of a former master cannot overwrite its successor's. A class
/// with a constructor: safe as a temporary in a `co_await` under g++ 12.
class lease_claim {
public:
    lease_claim(std::string name_, std::string holder_) : name(std::move(name_)), holder(std::move(holder_)) {}

    std::string name;
    std::string holder;
};

/// Another holder has the lease now, or may have it. Nothing was written.
class lease_lost : public std::runtime_error {
public:
    lease_lost() : std::runtime_error("another master has taken over") {}
};

} // namespace rulehost
