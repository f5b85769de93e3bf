#pragma once

#include <rulehost/time_point.hpp>

#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace rulehost {

/// The instants at which things end, earliest first. Pure.
template <class Key>
class end_times {
public:
    void put(std::optional<time_point> end, Key const& key) {
        if (end)
            ends_.emplace(*end, key);
    }
    void remove(std::optional<time_point> end, Key const& key) {
        if (end)
            ends_.erase({*end, key});
    }

    std::optional<time_point> next() const {
        return ends_.empty() ? std::nullopt : std::optional(ends_.begin()->first);
    }
    /// The keys whose end has come at `now`, the earliest first.
    std::vector<Key> past(time_point now) const {
        std::vector<Key> keys;
        for (auto const& [end, key] : ends_) {
            if (now < end)
                break;
            keys.push_back(key);
        }
        return keys;
    }

private:
    std::set<std::pair<time_point, Key>> ends_;
};

} // namespace rulehost
