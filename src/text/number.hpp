#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace rulehost {

/// The decimal number that the whole of `text` stands for. Empty for any other text, which a blank or a `+` around the
/// number makes of it too, for a number that `Number` cannot hold, and for the names of what is no number: `inf`,
/// `nan`. Safe from any thread.
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
