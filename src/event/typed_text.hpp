#pragma once

#include <rulehost/tag.hpp>

#include <cstddef>
#include <string>

namespace rulehost {

inline constexpr std::size_t max_typed_text = 100; ///< bytes of it in a table

/// The text that an attacker typed or sent, from the evidence: a command line, or else the other fields as
/// `name=value`; cut to `limit` bytes, followed by `...` if it was cut. May hold any bytes: escape it for output.
std::string typed_text(tag const& of, std::size_t limit = max_typed_text);

/// The same of the fields of an event.
std::string typed_text(boost::json::object const& fields, std::size_t limit);

} // namespace rulehost
