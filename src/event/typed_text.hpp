#pragma once

#include <rulehost/tag.hpp>

#include <string>

namespace rulehost {

inline constexpr std::size_t max_typed_text = 100; ///< bytes, without the dots behind what was cut

/// The text that an attacker typed or sent, as far as the evidence has it: a command line, or else the other fields as
/// `name=value`. Any bytes: escape it wherever it goes.
std::string typed_text(tag const& of);

} // namespace rulehost
