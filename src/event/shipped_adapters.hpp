#pragma once

#include <span>
#include <string_view>

namespace rulehost {

struct shipped_adapter {
    std::string_view path;
    std::string_view text;
};

/// The files of `config/adapters/`, in the order of their names.
std::span<shipped_adapter const> shipped_adapters();

} // namespace rulehost
