#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace rulehost::cli {

/// What `engine::explain` returned, told for a person: the verdict first, then what it rests on. Safe for a terminal.
std::string explain_text(boost::json::object const& account);

} // namespace rulehost::cli
