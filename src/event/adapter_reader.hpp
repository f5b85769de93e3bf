#pragma once

#include "event/event_adapter.hpp"
#include "yaml/findings.hpp"
#include "yaml/node_reader.hpp"
#include "yaml/yaml_node.hpp"

#include <memory>

namespace rulehost {

/// Reads one YAML document as an adapter and reports its errors.
class adapter_reader {
public:
    explicit adapter_reader(findings& out) : out_(&out), read_(out) {}

    event_adapter read(yaml_node const& root);

private:
    void recognise(yaml_node const* node, event_adapter& adapter);
    std::vector<member_path> one_or_more(yaml_node const* node, std::string_view what);
    std::vector<member_condition> conditions(yaml_node const* node, std::string_view what);
    void topics(yaml_node const* node, event_adapter& adapter);
    void time(yaml_node const* node, event_adapter& adapter);
    void anchors(yaml_node const* node, event_adapter& adapter);
    std::vector<anchor_source> anchor(yaml_node const* node, std::string_view what);
    void moves(yaml_node const* rename, yaml_node const* transforms, event_recipe& into);
    void add(yaml_node const* node, event_recipe& into);
    std::vector<member_path> paths(yaml_node const* list, std::string_view what);
    event_recipe recipe(yaml_node const& node, event_adapter const& adapter, event_recipe const& common);
    void check_kind(std::string_view name, position where);
    member_path key_path(yaml_node::key const& key);

    findings* out_;
    value_reader read_;
};

} // namespace rulehost
