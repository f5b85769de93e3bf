#pragma once

#include <string>

namespace rulehost {

/// A name for this process that no other one has had: host, pid and a random number.
std::string process_name();

} // namespace rulehost
