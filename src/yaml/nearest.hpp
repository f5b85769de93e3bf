#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Insertions, deletions, replacements and swaps of neighbours between two short texts, ASCII case ignored.
std::size_t edit_distance(std::string_view left, std::string_view right);

/// The likely meaning of `typed`: the only one of `candidates` that has it for its first word (`any` of
/// `any_of`), else the nearest, or empty when none is near.
std::string nearest(std::string_view typed, std::vector<std::string_view> const& candidates);

} // namespace rulehost
