#pragma once

namespace rulehost {

/// `unknown`: an expression hit its limit, and the answer depends on it.
enum class truth { no, yes, unknown };

constexpr truth as_truth(bool value) {
    return value ? truth::yes : truth::no;
}

constexpr truth operator!(truth value) {
    return value == truth::unknown ? value : as_truth(value == truth::no);
}

} // namespace rulehost
