#pragma once

#include <string>

namespace rulehost::cli {

/// `T1059` as `technique:T1059`, `TA0007` as `tactic:TA0007`; another word as it is.
std::string as_selector(std::string const& word);

/// A glob, a technique, a tactic or a pattern of names. False also for a word that is no selector.
bool selects_several(std::string const& selector);

} // namespace rulehost::cli
