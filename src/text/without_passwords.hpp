#pragma once

#include <string>

namespace rulehost {

/// Extent of URLs in a text. A password may contain unescaped characters: in a text that is a URL, everything up to the
/// last `@` may be one.
enum class url_reach { word, line };

/// `text` with the secrets of its URLs masked by `*`, byte by byte, so that columns stay the same. In a list of
/// servers, masks everything from the first password to the last.
std::string without_passwords(std::string text, url_reach reach = url_reach::word);

} // namespace rulehost
