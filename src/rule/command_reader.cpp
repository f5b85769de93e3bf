// The grammar of `command`, as the one above condition_reader.cpp:
//
//   commands   = command | [ command, ... ]                         (a list: one of them)
//   command    = { KEY: value, ..., "ignore_case": BOOLEAN ? }      (all of them, of one command in one reading)
//   value      = GLOB | NUMBER | "$" LIST                           (a number is its text)
//              | [ value, ... ]                                     (one of them)
//              | { "not": value } | { "all": [ value, ... ] }
//              | { "any": value, "except": value }
//              | { "pattern": REGEX } | { "cidr": NETWORK | [ NETWORK, ... ] }
//              | { "at_least": NUMBER ?, "at_most": NUMBER ? }      (one of the two at least)
//   option     also { NAME: value, ... }                            (all of them; so for sets, which takes nothing shorter)
//   operands, arguments  = "none" | "some" | { "at_least": N ?, "at_most": N ? }
//   data       also "none" | "some"
//   piped_to, piped_from = commands | { "not": commands }
#include "rule/command_reader.hpp"

#include "rule/glob_text.hpp"
#include "yaml/nearest.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace rulehost {
namespace {

constexpr std::size_t max_values = 20'000; // of a rule, with its lists expanded

using key = command_condition::key;
using node_kind = value_condition::node;

struct key_form {
    std::string_view name;
    key of;
    command_form as;
};

// In the order of `key`.
constexpr std::array keys{
    key_form{"program", key::program, command_form::value},
    key_form{"via", key::via, command_form::value},
    key_form{"place", key::place, command_form::value},
    key_form{"reading", key::reading, command_form::value},
    key_form{"subcommand", key::subcommand, command_form::value},
    key_form{"option", key::option, command_form::options},
    key_form{"operands", key::operands, command_form::count},
    key_form{"arguments", key::arguments, command_form::count},
    key_form{"sets", key::sets, command_form::variables},
    key_form{"reads", key::reads, command_form::value},
    key_form{"writes", key::writes, command_form::value},
    key_form{"appends", key::appends, command_form::value},
    key_form{"empties", key::empties, command_form::value},
    key_form{"deletes", key::deletes, command_form::value},
    key_form{"makes_executable", key::makes_executable, command_form::value},
    key_form{"runs", key::runs, command_form::value},
    key_form{"fetches", key::fetches, command_form::value},
    key_form{"sends", key::sends, command_form::value},
    key_form{"connects", key::connects, command_form::value},
    key_form{"operand", key::operand, command_form::value},
    key_form{"argument", key::argument, command_form::value},
    key_form{"file", key::file, command_form::value},
    key_form{"data", key::data, command_form::data},
    key_form{"text", key::text, command_form::value},
    key_form{"piped_to", key::piped_to, command_form::commands},
    key_form{"piped_from", key::piped_from, command_form::commands},
};

value_condition made(node_kind kind, yaml_node const& from) {
    value_condition value;
    value.kind = kind;
    value.line = from.where.line;
    value.column = from.where.column;
    return value;
}

/// A text or number of a list as a node at `where` in the rule.
yaml_node to_node(boost::json::value const& value, position where) {
    yaml_node node;
    node.where = where;
    node.what = yaml_node::kind::scalar;
    node.written = yaml_node::style::quoted;
    auto const* const text = value.if_string();
    node.text = text ? std::string(*text) : boost::json::serialize(value);
    return node;
}

} // namespace

std::string_view to_string(key of) {
    return keys[static_cast<std::size_t>(of)].name;
}

std::vector<command_condition> command_reader::read_any(yaml_node const& node) {
    std::vector<command_condition> read;
    if (node.what != yaml_node::kind::sequence) {
        read.push_back(read_map(node));
        return read;
    }
    for (auto const& item : values_.list(&node, "command"))
        read.push_back(read_map(item));
    return read;
}

std::vector<std::vector<command_condition>> command_reader::read_in_order(yaml_node const& node) {
    constexpr std::size_t fewest = 2;
    constexpr std::size_t most = 8;
    std::vector<std::vector<command_condition>> read;
    for (auto const& item : values_.list(&node, "commands_in_order"))
        read.push_back(read_any(item));
    if (!read.empty() && (read.size() < fewest || read.size() > most))
        values_.invalid(node, "'commands_in_order' has 2 to 8 commands");
    return read;
}

command_condition command_reader::read_map(yaml_node const& node) {
    command_condition read;
    read.line = node.where.line;
    map_reader map(node, "a command", *out_, "{program: ...}");
    auto const outer = ignore_case_;
    read.ignore_case = values_.boolean(map.find("ignore_case"), "ignore_case").value_or(false);
    ignore_case_ = read.ignore_case;
    for (auto const& each : keys) {
        auto const* const value = map.find(each.name);
        if (!value)
            continue;
        command_condition::test test;
        test.of = each.of;
        auto const where = map.where(each.name);
        test.line = where.line;
        test.column = where.column;
        if (each.as == command_form::commands)
            read_neighbours(*value, each.name, test);
        else
            test.value = read_value(*value, each.name, each.as);
        read.tests.push_back(std::move(test));
    }
    ignore_case_ = outer;
    if (map.finish() && map.is_map() && read.tests.empty())
        out_->report(finding::missing_key, node.where, "a command needs a key such as 'program' or 'writes'");
    return read;
}

void command_reader::read_neighbours(yaml_node const& node, std::string_view name, command_condition::test& into) {
    if (auto const* const none = node.find("not")) {
        map_reader map(node, name, *out_);
        map.find("not");
        map.finish();
        into.none = true;
        into.others = read_any(*none);
    } else {
        into.others = read_any(node);
    }
}

bool command_reader::has_room(yaml_node const& node) {
    if (values_read_ == max_values) {
        values_.invalid(node, "the commands of the rule have over " + std::to_string(max_values) + " values",
                        "shared lists count as often as they are used");
    }
    return ++values_read_ <= max_values;
}

value_condition command_reader::read_value(yaml_node const& node, std::string_view name, command_form as) {
    if (!has_room(node))
        return {};
    switch (node.what) {
    case yaml_node::kind::scalar:
        return read_scalar(node, name, as);
    case yaml_node::kind::map:
        return read_value_map(node, name, as);
    case yaml_node::kind::sequence: {
        if (as == command_form::count)
            break;
        auto value = made(node_kind::any_of, node);
        for (auto const& item : values_.list(&node, name))
            value.children.push_back(read_value(item, name, as));
        return value;
    }
    case yaml_node::kind::null:
        values_.invalid(node, "'" + std::string(name) + "' has no value", "write ~ and '' in quotes");
        return {};
    }
    values_.wrong_type(node, name, "none, some, or a map", "write {at_least: 2}");
    return {};
}

value_condition command_reader::read_scalar(yaml_node const& node, std::string_view name, command_form as) {
    if (as == command_form::variables) {
        values_.wrong_type(node, name, "a map", "write {" + node.text + ": '*'}");
        return {};
    }
    if (as == command_form::count || (as == command_form::data && (node.text == "some" || node.text == "none"))) {
        auto value = made(node_kind::count, node);
        value.least = node.text == "some" ? 1 : 0;
        if (node.text == "none") {
            value.most = 0;
        } else if (node.text != "some") {
            values_.invalid(node, "'" + std::string(name) + "' takes none, some, or bounds",
                            "write {at_least: 1, at_most: 3}");
        }
        return value;
    }
    if (auto const list = named_list(node.text); !list.empty())
        return read_list(list, node, name, as);
    auto value = made(as == command_form::options ? node_kind::named : node_kind::glob, node);
    value.text = node.text;
    std::vector<std::string> alternatives;
    if (!spread_braces(value.text, alternatives)) {
        values_.invalid(node,
                        value.text.size() > max_glob
                            ? "the text is over " + std::to_string(max_glob) + " bytes long"
                            : "the braces expand to over " + std::to_string(max_alternatives) + " texts",
                        "write a list of several");
    }
    return value;
}

value_condition command_reader::read_list(std::string_view name, yaml_node const& node, std::string_view for_key,
                                          command_form as) {
    if (!lists_->contains(name)) {
        std::vector<std::string_view> known;
        for (auto const& [each, list] : *lists_)
            known.push_back(each);
        auto const meant = nearest(name, known);
        out_->report(finding::unknown_list, node.where, "unknown list '" + std::string(name) + "'",
                     meant.empty() ? "write '[$]" + std::string(name) + "' for the text"
                                   : "did you mean '$" + meant + "'?");
        return {};
    }
    std::set<std::string> used;
    auto value = made(node_kind::any_of, node);
    for (auto const& each : open_list(*lists_, name, used))
        value.children.push_back(read_value(to_node(each, node.where), for_key, as));
    used.insert(rule_->lists.begin(), rule_->lists.end());
    rule_->lists.assign(used.begin(), used.end());
    return value;
}

value_condition command_reader::read_value_map(yaml_node const& node, std::string_view name, command_form as) {
    bool const names = as == command_form::options || as == command_form::variables;
    if (names && std::ranges::none_of(node.keys, [](auto const& each) {
            return each.text == "not" || each.text == "all" || each.text == "any" || each.text == "except";
        }))
        return read_named(node, name);
    map_reader map(node, "'" + std::string(name) + "'", *out_);
    if (as == command_form::count) {
        auto value = read_bounds(map, node);
        value.kind = node_kind::count;
        map.finish();
        return value;
    }
    auto const* const none = map.find("not");
    auto const* const all = map.find("all");
    bool const has_any = map.find("any") || map.find("except");
    auto const* const pattern = names ? nullptr : map.find("pattern");
    auto const* const cidr = names ? nullptr : map.find("cidr");
    bool const has_bounds = !names && (map.find("at_least") || map.find("at_most"));
    auto const given =
        (none != nullptr) + (all != nullptr) + has_any + (pattern != nullptr) + (cidr != nullptr) + has_bounds;
    value_condition value;
    if (none) {
        value = made(node_kind::none_of, node);
        value.children.push_back(read_value(*none, name, as));
    } else if (all) {
        value = made(node_kind::all_of, node);
        for (auto const& item : values_.list(all, "all"))
            value.children.push_back(read_value(item, name, as));
    } else if (has_any) {
        value = read_except(map, node, name, as);
    } else if (pattern) {
        value = made(node_kind::pattern, node);
        value.expression = expressions_->read(*pattern, {.ignore_case = ignore_case_});
        value.line = pattern->where.line;
        value.column = pattern->where.column;
    } else if (cidr) {
        value = read_networks(*cidr);
    } else if (has_bounds) {
        value = read_bounds(map, node);
    }
    if (map.finish() && given != 1) {
        out_->report(given == 0 ? finding::missing_key : finding::conflicting_keys, node.where,
                     "a value has one of 'not', 'all', 'any' with 'except', 'pattern', 'cidr', and 'at_least' with "
                     "'at_most'");
    }
    return value;
}

value_condition command_reader::read_except(map_reader& map, yaml_node const& node, std::string_view name,
                                            command_form as) {
    auto value = made(node_kind::except, node);
    for (std::string_view const each : {"any", "except"})
        if (auto const* const part = each == "any" ? map.require("any") : map.require("except"))
            value.children.push_back(read_value(*part, name, as));
    return value;
}

value_condition command_reader::read_named(yaml_node const& node, std::string_view name) {
    auto all = made(node_kind::all_of, node);
    map_reader map(node, "'" + std::string(name) + "'", *out_); // reports duplicate keys
    for (std::size_t i = 0; i != node.keys.size(); ++i) {
        yaml_node spelled;
        spelled.what = yaml_node::kind::scalar;
        spelled.text = node.keys[i].text;
        spelled.where = node.keys[i].where;
        auto one = read_scalar(spelled, name, command_form::options);
        one.children.push_back(read_value(node.items[i], spelled.text, command_form::value));
        all.children.push_back(std::move(one));
    }
    if (all.children.empty())
        out_->report(finding::missing_key, node.where, "'" + std::string(name) + "' needs a name");
    return all.children.size() == 1 ? std::move(all.children.front()) : all;
}

value_condition command_reader::read_bounds(map_reader& map, yaml_node const& node) {
    auto value = made(node_kind::number, node);
    auto const least = values_.number(map.find("at_least"), "at_least");
    auto const most = values_.number(map.find("at_most"), "at_most");
    value.least = least.value_or(value.least);
    value.most = most.value_or(value.most);
    if (value.least > value.most)
        values_.invalid(node, "'at_least' is above 'at_most'");
    return value;
}

value_condition command_reader::read_networks(yaml_node const& node) {
    auto value = made(node_kind::network, node);
    auto const add = [&](yaml_node const& item) {
        auto network = values_.text(&item, "cidr");
        if (network && !is_network(*network))
            values_.invalid(item, "no network: '" + *network + "'", "write 10.0.0.0/8, 2001:db8::/32 or one address");
        else if (network)
            value.networks.push_back(std::move(*network));
    };
    if (node.what == yaml_node::kind::scalar)
        add(node);
    else
        for (auto const& item : values_.list(&node, "cidr"))
            add(item);
    return value;
}

} // namespace rulehost
