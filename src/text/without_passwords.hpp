#pragma once

#include <string>

namespace rulehost {

/// How far a URL in a text may reach. A password may hold what should have been escaped: where the text is known to be
/// a URL, all up to its last `@` may be one.
enum class url_reach { word, line };

/// `text` with what is secret in its URLs painted over with `*`, byte by byte, so that a caret under it still points
/// right. Of a list of servers everything from the first password to the last is.
std::string without_passwords(std::string text, url_reach reach = url_reach::word);

} // namespace rulehost
