#pragma once

#include <string>

namespace rulehost {

/// A unique name for this process: host, pid and a random number.
std::string process_name();

} // namespace rulehost
