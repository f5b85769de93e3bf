#pragma once

#include <string>
#include <string_view>

namespace rulehost {

/// `text` in storable form: U+FFFD for NUL and for every byte that is not part of well-formed UTF-8. Servers
/// reject other bytes, and one such value would fail the whole batch.
std::string storable_text(std::string_view text);

} // namespace rulehost
