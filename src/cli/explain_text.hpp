#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace rulehost::cli {

/// The first line of that text, without its end: the rule and the verdict.
std::string explain_headline(boost::json::object const& account);

/// What `engine::explain` returned, told for a person: the verdict first, then what it rests on. Safe for a terminal.
std::string explain_text(boost::json::object const& account);

} // namespace rulehost::cli
