#pragma once

#include <rulehost/rule_definition.hpp>
#include <rulehost/rule_lists.hpp>

#include "rule/command_reader.hpp"
#include "rule/expression_reader.hpp"
#include "yaml/findings.hpp"
#include "yaml/node_reader.hpp"

namespace rulehost {

/// Reads `match` of a rule into its condition tree and its windows.
class condition_reader {
public:
    /// `rule` has its `applies_to`; the reader adds windows and names of lists to it. `lists` outlives the reader.
    condition_reader(rule_definition& rule, rule_lists const& lists, findings& out)
        : rule_(&rule), out_(&out), values_(out), expressions_(out), commands_(rule, lists, expressions_, out) {}
    condition_reader(condition_reader const&) = delete;
    condition_reader& operator=(condition_reader const&) = delete;

    condition read_match(yaml_node const& node);

private:
    /// Where a window is allowed: as `match` itself, as a member of its `any_of`, or not.
    enum class place { top, member, inside };

    condition read(yaml_node const& node, place where);
    std::vector<condition> read_all(yaml_node const* list, std::string_view what, place where);
    condition read_test(map_reader& map, yaml_node const& node, std::vector<std::string_view> const& present);
    void read_operand(condition& test, std::string_view key, yaml_node const& operand);
    void read_modifiers(condition& test, std::string_view key, map_reader& map);
    void read_pattern(condition& test, yaml_node const& node);
    void read_length(condition& test, yaml_node const& node);
    condition read_window(yaml_node const& node);
    condition read_some(yaml_node const& node);
    bool read_same(map_reader& map);
    condition read_command(map_reader& map, yaml_node const& node, std::string_view key);
    void check_default_field(position where);

    rule_definition* rule_;
    findings* out_;
    value_reader values_;
    expression_reader expressions_;
    command_reader commands_;
    std::size_t inside_elements_ = 0; ///< nesting depth of `some`
};

} // namespace rulehost
