#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rulehost {

/// Many short lists of numbers in one block. Immutable.
class number_lists {
public:
    explicit number_lists(std::vector<std::vector<std::uint32_t>> const& from) {
        starts_.reserve(from.size() + 1);
        starts_.push_back(0);
        for (auto const& one : from) {
            numbers_.insert(numbers_.end(), one.begin(), one.end());
            starts_.push_back(static_cast<std::uint32_t>(numbers_.size()));
        }
    }

    std::span<std::uint32_t const> operator[](std::size_t i) const {
        return std::span{numbers_}.subspan(starts_[i], starts_[i + 1] - starts_[i]);
    }

private:
    std::vector<std::uint32_t> numbers_;
    std::vector<std::uint32_t> starts_;
};

} // namespace rulehost
