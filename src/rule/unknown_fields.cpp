#include "rule/unknown_fields.hpp"

#include "text/source_kind.hpp"
#include "yaml/nearest.hpp"
#include "yaml/node_reader.hpp"
#include "yaml/yaml_document.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace rulehost {
namespace {

constexpr std::array<std::string_view, 4> anchors{"attacker_uuid", "identity_uuid", "session_id", "decky_id"};
constexpr std::array<std::string_view, 4> keys_of_a_path{"field", "equals_field", "differs_from_field", "by_value"};

/// Walks over the text of a rule that was read without an error.
class field_check {
public:
    field_check(field_names const& sent, findings& out) : out_(&out) {
        known_.assign(sent.begin(), sent.end());
        known_.insert(known_.end(), known_fields.begin(), known_fields.end());
        known_.insert(known_.end(), anchors.begin(), anchors.end());
    }

    void look_at(yaml_node const& node) {
        for (std::size_t i = 0; i != node.items.size(); ++i) {
            auto const& item = node.items[i];
            auto const key = i < node.keys.size() ? std::string_view(node.keys[i].text) : std::string_view();
            if (std::ranges::find(keys_of_a_path, key) != keys_of_a_path.end() &&
                item.what == yaml_node::kind::scalar) {
                look_at_path(item);
            } else if (key == "group_by") {
                look_at_paths(item);
            } else if (key == "some") {
                if (auto const* const of = item.find("of"))
                    look_at_path(*of); // the fields in it are those of an object of the list
            } else if (key != "command" && key != "commands_in_order") {
                look_at(item);
            }
        }
    }

    void look_at_paths(yaml_node const& list) {
        for (auto const& item : list.items)
            look_at_path(item);
    }

private:
    void look_at_path(yaml_node const& node) {
        findings ignored({}, {});
        auto const keys = value_reader(ignored).path(&node, "a field");
        if (keys.empty() || std::ranges::find(known_, keys.front()) != known_.end())
            return;
        auto const meant = out_->has_room() ? nearest(keys.front(), known_) : std::string();
        out_->report(finding::unknown_field, node.where, "no known producer sends a field '" + keys.front() + "'",
                     meant.empty() ? "an adapter that names it makes it known (--adapters)"
                                   : "did you mean '" + meant + "'?");
    }

    std::vector<std::string_view> known_;
    findings* out_;
};

bool is_known_kind(std::string const& kind) {
    return std::ranges::find(known_source_kinds, std::string_view(kind), &source_kind::name) !=
        known_source_kinds.end();
}

} // namespace

std::vector<diagnostic> unknown_fields(rule_definition const& rule, field_names const& sent) {
    if (std::ranges::none_of(rule.applies_to, is_known_kind))
        return {};
    document_text const text{rule.text, rule.line};
    findings out(rule.path, text);
    if (auto const root = parse_document(text, {"rule", {}}, out)) {
        field_check check(sent, out);
        for (auto const key : {"match", "emits"})
            if (auto const* const part = root->find(key))
                check.look_at(*part);
        if (auto const* const evidence = root->find("evidence_fields"))
            check.look_at_paths(*evidence);
    }
    return out.take(rule.rule_id);
}

} // namespace rulehost
