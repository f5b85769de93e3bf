#pragma once

#include <rulehost/rule_definition.hpp>

#include "yaml/findings.hpp"
#include "yaml/node_reader.hpp"

namespace rulehost {

/// Reads `match` of a rule into its condition tree and its windows.
class condition_reader {
public:
    /// `rule` already knows `applies_to`; its windows are added to.
    condition_reader(rule_definition& rule, findings& out) : rule_(&rule), out_(&out), values_(out) {}

    condition read_match(yaml_node const& node);

private:
    /// How far a window may be: `match` itself, a member of its `any_of`, or not at all.
    enum class place { top, member, inside };

    condition read(yaml_node const& node, place where);
    std::vector<condition> read_all(yaml_node const* list, std::string_view what, place where);
    condition read_test(map_reader& map, yaml_node const& node, std::vector<std::string_view> const& present);
    void read_operand(condition& test, std::string_view key, yaml_node const& operand);
    void read_modifiers(condition& test, std::string_view key, map_reader& map);
    void read_pattern(condition& test, yaml_node const& node);
    void warn_of_controls(yaml_node const& pattern);
    void read_length(condition& test, yaml_node const& node);
    condition read_window(yaml_node const& node);
    void check_default_field(position where);

    rule_definition* rule_;
    findings* out_;
    value_reader values_;
};

} // namespace rulehost
