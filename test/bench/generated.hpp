#pragma once

#include <rulehost/event.hpp>
#include <rulehost/rule_change.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace rulehost::bench {

/// Rule number `n` as YAML: command, http and auth rules of realistic shapes, each about its own tool and option. The
/// same number gives the same rule on every machine.
std::string generated_rule(std::size_t n);

/// The first `count` rules, read. Throws std::runtime_error if one of them is invalid.
rule_snapshot generated_rules(std::size_t count);

/// Mixed events of about 300 bytes as NDJSON lines; about one in `tagged_one_in` is about one of the first 25 rules.
std::vector<std::string> generated_lines(std::size_t count, std::size_t tagged_one_in);

/// Such a line as an event.
event read_line(std::string const& line);

} // namespace rulehost::bench
