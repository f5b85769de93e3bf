#pragma once

#include <rulehost/tag.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// A technique of an attacker.
struct sighting {
    std::string address;   ///< in the form of RFC 5952; empty: unknown or hashed
    std::string technique; ///< `T1059` or `T1059.004`
    time_point first{};
    time_point last{};
    std::uint64_t tags = 0;
    double highest = 0;          ///< confidence
    std::set<std::string> rules; ///< at most `max_rules`

    static constexpr std::size_t max_rules = 20;
};

/// Sums up tags by address and technique. Memory is bounded: the tags of pairs after the first `max_pairs` are left
/// out.
class sightings {
public:
    static constexpr std::size_t max_pairs = 50'000;

    void add(tag const& seen, time_point happened_at);

    bool is_cut() const { return cut_; } ///< some pairs are left out
    /// By address and technique.
    std::vector<sighting> all() const;

private:
    bool cut_ = false;
    std::map<std::pair<std::string, std::string>, sighting> pairs_;
};

} // namespace rulehost
