#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace rulehost::cli {

/// The first line of that text, without its line break: the rule and the verdict.
std::string explain_headline(boost::json::object const& account);

/// Text of an explanation for a person: the verdict first, then its reasons. Safe for a terminal.
std::string explain_text(boost::json::object const& account);

} // namespace rulehost::cli
