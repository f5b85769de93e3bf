#pragma once

#include <rulehost/rule_definition.hpp>

#include "yaml/findings.hpp"
#include "yaml/node_reader.hpp"

#include <string>
#include <utility>

namespace rulehost {

/// Reads `tests` of a rule whose emissions are known.
class rule_test_reader {
public:
    /// `default_kind`: the source kind of an event without one.
    rule_test_reader(rule_definition& rule, std::string default_kind, findings& out)
        : rule_(&rule), default_kind_(std::move(default_kind)), out_(&out), values_(out) {}

    void read_tests(yaml_node const* list);

private:
    rule_test read_test(yaml_node const& node);
    rule_test_event read_event(yaml_node const& node);
    boost::json::object read_payload(yaml_node const* node, std::string_view what);
    std::vector<std::string> read_expected(yaml_node const* node);
    std::string read_kind(map_reader& map);
    /// Reports duplicate keys of a payload, and texts in it that look like another type.
    void check_values(yaml_node const& node, std::string_view what);

    rule_definition* rule_;
    std::string default_kind_;
    findings* out_;
    value_reader values_;
};

} // namespace rulehost
