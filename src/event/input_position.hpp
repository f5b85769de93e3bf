#pragma once

#include <string>

namespace rulehost {

/// How far an input was read: everything before it is stored. A value.
struct input_position {
    std::string input; ///< unique name of the input among all workers that share the database; at most 255 bytes
    std::string place; ///< in the input's own form, as text (a file: its identity and an offset); at most 4 KiB
};

} // namespace rulehost
