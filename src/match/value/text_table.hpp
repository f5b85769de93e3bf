#pragma once

#include "match/value/text_key.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// A table from whole texts to numbers: a look-up of up to eight bytes takes some instructions. Immutable; safe from any
/// thread.
class text_table {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    text_table() = default;
    /// Text i gets the number i; of equal ones the first. They are distinct from each other.
    explicit text_table(std::vector<std::string> texts);

    bool empty() const { return texts_.empty(); }
    std::size_t size() const { return texts_.size(); }

    /// Its number, or `none`.
    std::uint32_t find(std::string_view text) const {
        if (slots_.empty())
            return none;
        auto const key = text_key(text);
        for (auto at = place_of(key, text.size());; at = (at + 1) & (slots_.size() - 1)) {
            auto const& each = slots_[at];
            if (each.number == none)
                return none;
            if (each.key == key && each.size == text.size() &&
                (text.size() <= sizeof key || std::memcmp(texts_[each.number].data(), text.data(), text.size()) == 0))
                return each.number;
        }
    }

private:
    struct slot {
        std::uint64_t key = 0;
        std::size_t size = 0;
        std::uint32_t number = none;
    };

    std::size_t place_of(std::uint64_t key, std::size_t size) const {
        return static_cast<std::size_t>(((key + size) * 0x9e37'79b9'7f4a'7c15u) >> shift_);
    }

    std::vector<std::string> texts_;
    std::vector<slot> slots_; ///< a power of two, at most half of them taken
    unsigned shift_ = 63;
};

} // namespace rulehost
