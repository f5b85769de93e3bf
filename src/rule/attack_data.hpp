#pragma once

#include <string_view>

/// The files of config/attack/, embedded so that the library needs no file at run time.
namespace rulehost::attack_data {

extern std::string_view const release;
extern std::string_view const techniques;
extern std::string_view const tactics;

} // namespace rulehost::attack_data
