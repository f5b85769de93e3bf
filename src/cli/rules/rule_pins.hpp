#pragma once

#include <rulehost/rule_pin.hpp>

#include <boost/json/object.hpp>

#include <string>

namespace rulehost::cli {

/// A pin for a program; times without a value are null.
boost::json::object to_json(rule_pin const& pin);

/// `too many hits; pinned`, or `too many hits; pinned until 2026-12-01T10:00:00Z, ended by sync`; not escaped.
std::string text_of(rule_pin const& pin);

} // namespace rulehost::cli
