#pragma once

#include <rulehost/command_condition.hpp>
#include <rulehost/rule_definition.hpp>
#include <rulehost/rule_lists.hpp>

#include "rule/expression_reader.hpp"
#include "yaml/findings.hpp"
#include "yaml/node_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// The forms that the value of a key may have.
enum class command_form { value, options, variables, count, data, commands };

/// Reads the `command` conditions of a rule. Reports errors at their position.
class command_reader {
public:
    /// Adds the names of used lists to `rule`. All arguments outlive the reader.
    command_reader(rule_definition& rule, rule_lists const& lists, expression_reader& expressions, findings& out)
        : rule_(&rule), lists_(&lists), expressions_(&expressions), out_(&out), values_(out) {}

    /// A map, or a list of alternative maps.
    std::vector<command_condition> read_any(yaml_node const& node);
    std::vector<std::vector<command_condition>> read_in_order(yaml_node const& node);

private:
    command_condition read_map(yaml_node const& node);
    void read_neighbours(yaml_node const& node, std::string_view key, command_condition::test& into);
    value_condition read_value(yaml_node const& node, std::string_view key, command_form as);
    value_condition read_scalar(yaml_node const& node, std::string_view key, command_form as);
    value_condition read_value_map(yaml_node const& node, std::string_view key, command_form as);
    value_condition read_named(yaml_node const& node, std::string_view key);
    value_condition read_bounds(map_reader& map, yaml_node const& node);
    value_condition read_networks(yaml_node const& node);
    value_condition read_except(map_reader& map, yaml_node const& node, std::string_view key, command_form as);
    value_condition read_list(std::string_view name, yaml_node const& node, std::string_view key, command_form as);
    bool has_room(yaml_node const& node);

    rule_definition* rule_;
    rule_lists const* lists_;
    expression_reader* expressions_;
    findings* out_;
    value_reader values_;
    std::size_t values_read_ = 0; ///< in all conditions of the rule
    bool ignore_case_ = false;    ///< of the current map
};

} // namespace rulehost
