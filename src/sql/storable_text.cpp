#include "sql/storable_text.hpp"

#include <algorithm>
#include <cstddef>

namespace rulehost {

namespace {

bool is_plain(char c) {
    return static_cast<signed char>(c) > 0; // ASCII without NUL
}

/// Length of the well-formed UTF-8 without NUL at the front of `text`.
std::size_t character_length(std::string_view text) {
    auto const byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
    auto const follows = [&](std::size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
    auto const lead = byte(0);
    if (lead >= 0x01 && lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return follows(1, 0x80, 0xbf) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) {
        auto const low = lead == 0xe0 ? 0xa0u : 0x80u;
        auto const high = lead == 0xed ? 0x9fu : 0xbfu;
        return follows(1, low, high) && follows(2, 0x80, 0xbf) ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        auto const low = lead == 0xf0 ? 0x90u : 0x80u;
        auto const high = lead == 0xf4 ? 0x8fu : 0xbfu;
        return follows(1, low, high) && follows(2, 0x80, 0xbf) && follows(3, 0x80, 0xbf) ? 4 : 0;
    }
    return 0;
}

} // namespace

std::string storable_text(std::string_view text) {
    if (std::ranges::all_of(text, is_plain))
        return std::string(text);
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        auto const length = character_length(text);
        result += length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return result;
}

} // namespace rulehost
