#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace rulehost {

/// A hash of a text; distinct texts of equal size up to eight bytes have distinct hashes.
inline std::uint64_t text_key(std::string_view text) {
    auto const load = [](char const* from, auto word) {
        std::memcpy(&word, from, sizeof word);
        return std::uint64_t{word};
    };
    auto const* const from = text.data();
    auto const size = text.size();
    if (size > 8)
        return load(from, std::uint64_t{}) ^ std::rotl(load(from + size - 8, std::uint64_t{}), 29);
    if (size == 8)
        return load(from, std::uint64_t{});
    if (size >= 4)
        return load(from, std::uint32_t{}) | load(from + size - 4, std::uint32_t{}) << 32;
    if (size == 0)
        return 0;
    return load(from, std::uint8_t{}) | load(from + size / 2, std::uint8_t{}) << 8 |
        load(from + size - 1, std::uint8_t{}) << 16;
}

/// Whether the text is ASCII without a capital letter, so that it is its own folded form.
inline bool is_folded(std::string_view text) {
    constexpr std::uint64_t each = 0x0101'0101'0101'0101u;
    auto const differs = [](std::uint64_t bytes) {
        auto const low = bytes & 0x7f * each;
        return (bytes | ((low + 0x3f * each) & ~(low + 0x25 * each))) & 0x80 * each;
    };
    std::uint64_t found = 0;
    for (; text.size() > 8; text.remove_prefix(8)) {
        std::uint64_t bytes;
        std::memcpy(&bytes, text.data(), sizeof bytes);
        found |= differs(bytes);
    }
    return (found | differs(text_key(text))) == 0;
}

} // namespace rulehost
