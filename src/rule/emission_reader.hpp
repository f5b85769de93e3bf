#pragma once

#include <rulehost/attack_table.hpp>
#include <rulehost/rule_definition.hpp>

#include "yaml/findings.hpp"
#include "yaml/node_reader.hpp"

#include <set>
#include <string>

namespace rulehost {

/// Reads `emits` of a rule and checks it against ATT&CK.
class emission_reader {
public:
    emission_reader(rule_definition& rule, attack_table const& attack, findings& out)
        : rule_(&rule), attack_(&attack), out_(&out), values_(out) {}

    void read_emits(yaml_node const* list);

private:
    using claims = std::set<std::string>; ///< techniques of one list

    emission read_emission(yaml_node const& node, claims& claimed);
    emission_table read_table(yaml_node const& node);
    void read_techniques(emission& read, yaml_node const& node, map_reader& map);
    void read_tactic(emission& read, yaml_node const& node, map_reader& map);
    void read_scale(emission& read, yaml_node const& node);
    void add_names(emission& read) const;
    attack_table::technique const* known_technique(yaml_node const* node, std::string_view what);
    void report_unknown(finding what, yaml_node const& node, std::string_view key, std::string const& written);

    rule_definition* rule_;
    attack_table const* attack_;
    findings* out_;
    value_reader values_;
};

} // namespace rulehost
