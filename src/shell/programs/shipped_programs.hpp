#pragma once

#include <span>
#include <string_view>

namespace rulehost::shell {

struct shipped_programs_file {
    std::string_view path;
    std::string_view text;
};

/// The files of `config/shell/`, in the order of their names.
std::span<shipped_programs_file const> shipped_programs();

} // namespace rulehost::shell
