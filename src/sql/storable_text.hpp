#pragma once

#include <string>
#include <string_view>

namespace rulehost {

/// `text` as a database takes it: U+FFFD for NUL and for every byte that is not part of well-formed UTF-8. Servers
/// refuse bytes that are no text, and one such value would cost the whole batch.
std::string storable_text(std::string_view text);

} // namespace rulehost
