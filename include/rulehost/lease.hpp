#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace rulehost {

/// Says that `holder` holds the lease `name` of a database. A write that is made under a claim is refused
/// (`lease_lost`) when the claim is not true at its commit, so that what a master sent before it lost its lease
/// cannot arrive after what its successor wrote. A class with a constructor: safe as a temporary in a `co_await`
/// under g++ 12.
class lease_claim {
public:
    lease_claim(std::string name_, std::string holder_) : name(std::move(name_)), holder(std::move(holder_)) {}

    std::string name;
    std::string holder;
};

/// Another one has the lease now, or may have it. Nothing was written.
class lease_lost : public std::runtime_error {
public:
    lease_lost() : std::runtime_error("another master has taken over") {}
};

} // namespace rulehost
