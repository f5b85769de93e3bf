#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace rulehost::shell {

/// Access of an expression to variables.
struct arithmetic_variables {
    std::function<std::optional<std::int64_t>(std::string_view name)> get; ///< empty: its value is unknown
    std::function<void(std::string_view name, std::int64_t value)> set;
};

/// The value of a constant expression of `$(( ))`; empty if it has none. Overflow wraps.
std::optional<std::int64_t> arithmetic_value(std::string_view expression, arithmetic_variables const& variables);

} // namespace rulehost::shell
