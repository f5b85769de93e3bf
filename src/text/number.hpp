#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace rulehost {

/// Parses the whole of `text` as a decimal number. Empty for any other text, including a blank or a `+` around the
/// number, for a number out of the range of `Number`, and for `inf` and `nan`. Safe from any thread.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    auto const* const end = text.data() + text.size();
    auto const read = std::from_chars(text.data(), end, number);
    bool whole = read.ec == std::errc() && read.ptr == end;
    if constexpr (std::floating_point<Number>)
        whole = whole && std::isfinite(number);
    return whole ? std::optional(number) : std::nullopt;
}

} // namespace rulehost
