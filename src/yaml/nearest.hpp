#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Edit distance of two short texts: insertions, deletions, replacements and swaps of neighbours; ignores ASCII case.
std::size_t edit_distance(std::string_view left, std::string_view right);

/// The likely meaning of `typed`: the only one of `candidates` that starts with it as a word (`any` of `any_of`), else
/// the nearest; empty if none is near.
std::string nearest(std::string_view typed, std::vector<std::string_view> const& candidates);

} // namespace rulehost
