// The grammar of `match`, in EBNF over YAML. `x: Y` is a map entry, {...} a map, [...] a list, ? optional;
// entries of a map come in any order, each once.
//
//   match      = condition | { "kind": "lifter:" NAME, ... }       (the latter is for another evaluator: inert)
//   condition  = { "all_of": [ condition, ... ] }
//              | { "any_of": [ condition, ... ] }
//              | { "not": condition }
//              | { "window": window }                              (as `match` itself, or directly in its any_of)
//              | { "some": { "of": PATH, "match": condition } }    (fields in it start in one object of the list)
//              | { "command": commands }                            (command_reader.cpp has `commands`)
//              | { "commands_in_order": [ commands, ... ], "same": "file" ? }
//              | test
//   test       = { "field": PATH ?, operator, modifier ... }       (no field: the default of the source kind)
//   operator   = "pattern": REGEX
//              | ( "contains" | "starts_with" | "ends_with" ): ( TEXT | [ TEXT, ... ] )
//              | "equals": SCALAR  |  "one_of": [ SCALAR, ... ]
//              | "cidr": ( NETWORK | [ NETWORK, ... ] )
//              | "exists": BOOLEAN
//              | bound
//              | "length": { bound with an INTEGER | "equals": INTEGER }
//              | ( "equals_field" | "differs_from_field" ): PATH
//   bound      = ( "greater_than" | "at_least" | "less_than" | "at_most" ): NUMBER
//   modifier   = "ignore_case": BOOLEAN                            (pattern, contains, starts_with, ends_with, equals, one_of)
//              | "all": BOOLEAN                                    (not with exists and length)
//              | "normalise": BOOLEAN                              (as ignore_case)
//   window     = { "of": condition ?, ( "count": { "at_least": N } | "distinct_count": { "field": PATH, "at_least": N } ),
//                  "within": DURATION, "group_by": [ PATH, ... ], "repeat": BOOLEAN ? }
//              | { "sequence": [ condition, ... ], "same": "file" ?,   (2 to 8; with "same" each is a "command")
//                  "within": DURATION, "group_by": [ PATH, ... ], "repeat": BOOLEAN ? }
#include "rule/condition_reader.hpp"

#include <algorithm>
#include <array>

namespace rulehost {
namespace {

constexpr std::string_view hint_for_null = "to ask for a missing field use 'exists: false'";

enum class operand_kind { expression, texts, scalar, scalars, networks, truth, number, length, path };

struct test_operator {
    std::string_view key;
    comparison compare;
    operand_kind takes;
};

constexpr std::array operators{
    test_operator{"pattern", comparison::pattern, operand_kind::expression},
    test_operator{"contains", comparison::contains, operand_kind::texts},
    test_operator{"starts_with", comparison::starts_with, operand_kind::texts},
    test_operator{"ends_with", comparison::ends_with, operand_kind::texts},
    test_operator{"equals", comparison::equals, operand_kind::scalar},
    test_operator{"one_of", comparison::one_of, operand_kind::scalars},
    test_operator{"cidr", comparison::cidr, operand_kind::networks},
    test_operator{"exists", comparison::exists, operand_kind::truth},
    test_operator{"greater_than", comparison::greater_than, operand_kind::number},
    test_operator{"at_least", comparison::at_least, operand_kind::number},
    test_operator{"less_than", comparison::less_than, operand_kind::number},
    test_operator{"at_most", comparison::at_most, operand_kind::number},
    test_operator{"length", comparison::equals, operand_kind::length},
    test_operator{"equals_field", comparison::equals_field, operand_kind::path},
    test_operator{"differs_from_field", comparison::differs_from_field, operand_kind::path},
};

constexpr std::array<std::string_view, 7> combinators{
    "all_of", "any_of", "not", "window", "command", "commands_in_order", "some"};

test_operator const& operator_of(std::string_view key) {
    return *std::ranges::find(operators, key, &test_operator::key);
}

bool looks_at_text(test_operator const& each) {
    return each.takes == operand_kind::expression || each.takes == operand_kind::texts ||
        each.takes == operand_kind::scalar || each.takes == operand_kind::scalars;
}

/// A list, or one value that stands for a list of one.
std::vector<yaml_node const*> one_or_more(value_reader const& values, yaml_node const& node, std::string_view what) {
    std::vector<yaml_node const*> nodes;
    if (node.what == yaml_node::kind::scalar)
        nodes.push_back(&node);
    else
        for (auto const& item : values.list(&node, what))
            nodes.push_back(&item);
    return nodes;
}

} // namespace

condition condition_reader::read_match(yaml_node const& node) {
    auto const* const kind = node.find("kind");
    if (!kind)
        return read(node, place::top);
    auto const name = values_.text(kind, "kind");
    if (name && name->starts_with("lifter:")) {
        out_->report(finding::inert_rule, kind->where,
                     "'" + *name + "' is for another evaluator; the rule is inert here");
    } else if (name) {
        values_.invalid(*kind, "kind must be lifter:NAME", "a condition needs no kind");
    }
    condition inert;
    inert.kind = condition::node::never;
    inert.line = node.where.line;
    return inert;
}

std::vector<condition> condition_reader::read_all(yaml_node const* list, std::string_view what, place where) {
    std::vector<condition> conditions;
    for (auto const& item : values_.list(list, what))
        conditions.push_back(read(item, where));
    return conditions;
}

condition condition_reader::read(yaml_node const& node, place where) {
    map_reader map(node, "a condition", *out_, "{pattern: '...'}");
    std::vector<std::string_view> present;
    for (auto const key : combinators)
        if (map.find(key))
            present.push_back(key);
    for (auto const& each : operators)
        if (map.find(each.key))
            present.push_back(each.key);
    if (present.size() > 1) {
        std::ranges::sort(present, {}, [&](std::string_view key) {
            auto const at = map.where(key);
            return std::pair(at.line, at.column);
        });
        out_->report(finding::conflicting_keys, map.where(present[1]),
                     "'" + std::string(present[0]) + "' and '" + std::string(present[1]) +
                         "' cannot stand in one condition",
                     "put each into a condition of its own, under all_of or any_of");
    }
    if (present.empty() || std::ranges::find(combinators, present.front()) == combinators.end())
        return read_test(map, node, present);

    condition combined;
    combined.line = node.where.line;
    auto const key = present.front();
    auto const* const value = map.find(key);
    if (key.starts_with("command"))
        return read_command(map, node, key);
    if (key == "some") {
        combined = read_some(*value);
        combined.line = node.where.line;
    } else if (key == "window") {
        if (where == place::inside) {
            out_->report(finding::misplaced_window, map.where(key),
                         "a window must be the match itself or a direct member of its any_of");
        }
        combined = read_window(*value);
        combined.line = node.where.line;
    } else if (key == "not") {
        combined.kind = condition::node::none_of;
        combined.children.push_back(read(*value, place::inside));
    } else {
        combined.kind = key == "all_of" ? condition::node::all_of : condition::node::any_of;
        auto const members = key == "any_of" && where == place::top ? place::member : place::inside;
        combined.children = read_all(value, key, members);
    }
    map.finish();
    return combined;
}

bool condition_reader::read_same(map_reader& map) {
    auto const* const same = map.find("same");
    auto const what = values_.text(same, "same");
    if (what && *what != "file")
        values_.invalid(*same, "'same' takes 'file'");
    return what == "file";
}

condition condition_reader::read_some(yaml_node const& node) {
    map_reader map(node, "'some'", *out_, "{of: attachments, match: {field: name, ends_with: .exe}}");
    condition read;
    read.kind = condition::node::some;
    read.field = {values_.path(map.require("of"), "of")};
    if (auto const* const match = map.require("match")) {
        ++inside_elements_;
        read.children.push_back(this->read(*match, place::inside));
        --inside_elements_;
    }
    map.finish();
    return read;
}

condition condition_reader::read_command(map_reader& map, yaml_node const& node, std::string_view key) {
    condition read;
    read.line = node.where.line;
    if (inside_elements_ != 0) {
        out_->report(finding::invalid_value, map.where(key), "the objects of a list hold no commands",
                     "put the condition on commands beside 'some'");
    }
    auto const& value = *map.find(key);
    if (key == "command") {
        read.kind = condition::node::command;
        read.commands.push_back(commands_.read_any(value));
    } else {
        read.kind = condition::node::commands_in_order;
        read.commands = commands_.read_in_order(value);
        read.same_file = read_same(map);
    }
    map.finish();
    auto const& kinds = rule_->applies_to;
    if (!kinds.empty() && std::ranges::find(kinds, "command") == kinds.end()) {
        out_->report(finding::invalid_value, map.where(key),
                     "only 'command' events hold commands; the rule does not apply to them",
                     "add 'command' to applies_to");
    }
    return read;
}

condition condition_reader::read_test(map_reader& map, yaml_node const& node,
                                      std::vector<std::string_view> const& present) {
    condition test;
    test.line = node.where.line;
    if (auto const* const field = map.find("field"))
        test.field = {values_.path(field, "field")};
    else if (map.is_map() && !present.empty())
        check_default_field(node.where);
    read_modifiers(test, present.empty() ? std::string_view() : present.front(), map);
    auto const all_known = map.finish();
    if (!present.empty())
        read_operand(test, present.front(), *map.find(present.front()));
    else if (map.is_map() && all_known) // otherwise the misspelt key was the operator
        out_->report(finding::missing_key, node.where, "a condition needs an operator such as 'pattern' or 'equals'");
    return test;
}

void condition_reader::check_default_field(position where) {
    if (inside_elements_ != 0) {
        out_->report(finding::missing_key, where, "a condition on an object of a list needs 'field'");
        return;
    }
    auto const& kinds = rule_->applies_to;
    auto const has_default = [](std::string const& kind) { return !default_field(kind).empty(); };
    if (!kinds.empty() && std::ranges::none_of(kinds, has_default)) {
        out_->report(finding::missing_key, where,
                     "a condition on '" + kinds.front() + "' needs 'field'; this kind has no default");
    }
}

void condition_reader::read_modifiers(condition& test, std::string_view key, map_reader& map) {
    auto const modifier = [&](std::string_view name, bool fits) {
        auto const* const node = map.find(name);
        if (name == "all" && node && node->what == yaml_node::kind::sequence) {
            values_.wrong_type(*node, name, "true or false", "did you mean 'all_of'?");
            return std::optional<bool>();
        }
        auto const value = values_.boolean(node, name);
        if (value && !fits && !key.empty())
            out_->report(finding::conflicting_keys, map.where(name),
                         "'" + std::string(name) + "' has no meaning for '" + std::string(key) + "'");
        return value;
    };
    auto const* const chosen = key.empty() ? nullptr : &operator_of(key);
    auto const on_text = chosen && looks_at_text(*chosen);
    if (modifier("ignore_case", on_text).value_or(false))
        test.matching = condition::letter_case::ignored;
    if (modifier("all", key != "exists" && key != "length").value_or(false))
        test.quantifier = condition::elements::all;
    if (!modifier("normalise", on_text).value_or(true))
        test.shell = condition::shell_text::raw;
}

void condition_reader::read_operand(condition& test, std::string_view key, yaml_node const& operand) {
    auto const& chosen = operator_of(key);
    test.compare = chosen.compare;
    auto const keep = [&](auto value) {
        if (value)
            test.operands.emplace_back(std::move(*value));
    };
    switch (chosen.takes) {
    case operand_kind::expression:
        return read_pattern(test, operand);
    case operand_kind::length:
        return read_length(test, operand);
    case operand_kind::scalar:
        values_.warn_if_misread(operand);
        return keep(values_.scalar(&operand, key, hint_for_null));
    case operand_kind::truth:
        return keep(values_.boolean(&operand, key));
    case operand_kind::number:
        if (values_.number(&operand, key))
            test.operands.push_back(to_json(operand));
        return;
    case operand_kind::path:
        test.other = {values_.path(&operand, key)};
        return;
    case operand_kind::scalars:
        for (auto const& item : values_.list(&operand, key)) {
            values_.warn_if_misread(item);
            keep(values_.scalar(&item, key, hint_for_null));
        }
        return;
    case operand_kind::texts:
        for (auto const* const item : one_or_more(values_, operand, key))
            keep(values_.text(item, key));
        return;
    case operand_kind::networks:
        for (auto const* const item : one_or_more(values_, operand, key)) {
            auto network = values_.text(item, key);
            if (network && !is_network(*network)) {
                values_.invalid(*item, "no network: '" + *network + "'",
                                "write 10.0.0.0/8, 2001:db8::/32 or one address");
            }
            keep(std::move(network));
        }
        return;
    }
}

void condition_reader::read_pattern(condition& test, yaml_node const& node) {
    test.pattern_line = node.where.line;
    test.pattern_column = node.where.column;
    test.expression = expressions_.read(node, {.ignore_case = test.matching == condition::letter_case::ignored});
}

} // namespace rulehost
