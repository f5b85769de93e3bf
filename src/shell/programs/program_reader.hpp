#pragma once

#include "shell/programs/program_table.hpp"
#include "yaml/node_reader.hpp"

#include <string>
#include <vector>

namespace rulehost::shell {

/// A program of the table and all of its names.
struct named_program {
    std::vector<std::string> names; ///< the first is the entry's own
    program_entry entry;
};

/// Reads programs.yaml. Reports errors and skips programs with one.
class program_reader {
public:
    explicit program_reader(findings& out) : out_(&out), read_(out) {}

    std::vector<named_program> read(yaml_node const& root);

private:
    void program(yaml_node const& node, std::vector<named_program>& into);
    std::vector<std::string> words(yaml_node const* node, std::string_view what);
    void options(yaml_node const* node, bool takes, program_entry& into);
    void add_option(yaml_node const& node, std::string name, std::string twin, bool takes, program_entry& into);
    void wraps(yaml_node const* node, program_entry& into);
    void wrap(yaml_node const& node, program_entry& into);
    void effects(yaml_node const* node, effect_kind kind, program_entry& into);
    void effect(yaml_node const& node, effect_kind kind, program_entry& into);
    bool select(yaml_node const& node, effect_rule& rule);

    findings* out_;
    value_reader read_;
};

} // namespace rulehost::shell
