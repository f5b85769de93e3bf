// The grammar of programs.yaml, in EBNF over YAML:
//
//   file    = { "programs": [ program, ... ] }
//   program = { "program": NAME | [ NAME, ... ], "also": names ?, "versions": true ?, "takes": options ?, "pairs": options ?,
//               "options": "single dash" | "first" | "bundled" ?, "shell": true ?, "interprets": true ?, "code": names ?,
//               "directory": names ?, "silent": true ?, "inert": true ?, "asks": true ?, "wraps": wrap | [ wrap, ... ] ?, EFFECT: what ?, ... }
//   options = [ OPTION | [ OPTION, OPTION ], ... ]              (two spellings of one option)
//   wrap    = { "skip": COUNT ?, "assigns": true ?, "shown": true ?, "dashes": true ?, "subcommands": names ?, "unless": names ?,
//               "split": names ? } & ( "text": names | "rest": true | "after": names | "input": true ) ?
//   what    = SELECTOR | [ SELECTOR | { "of": SELECTOR, "with": names ?, "without": names ?, "port": PORT ? }, ... ]
//   names   = TEXT | [ TEXT, ... ]
//
//   EFFECT = reads, writes, appends, empties, deletes, makes_executable, runs, fetches, sends, connects.
//   SELECTOR = a name of the table below, an option (its value), `if=` or `TCP:` (the rest of such an operand).
//   PORT = a number, "second" (operand) or an option.
#include "shell/programs/program_reader.hpp"

#include "yaml/nearest.hpp"

#include <algorithm>
#include <array>

namespace rulehost::shell {

namespace {

struct named_selector {
    std::string_view name;
    selector what;
};

constexpr std::array selectors{
    named_selector{"operands", selector::operands},
    named_selector{"first", selector::first},
    named_selector{"second", selector::second},
    named_selector{"last", selector::last},
    named_selector{"but first", selector::but_first},
    named_selector{"but last", selector::but_last},
    named_selector{"into last", selector::into_last},
    named_selector{"urls", selector::urls},
    named_selector{"links", selector::links},
    named_selector{"url names", selector::url_names},
    named_selector{"a.out", selector::compiled},
    named_selector{"remote last", selector::remote_last},
    named_selector{"remote but last", selector::remote_but_last},
    named_selector{"local last", selector::local_last},
    named_selector{"local but last", selector::local_but_last},
    named_selector{"found", selector::found},
};

constexpr std::size_t max_name = 128;
constexpr std::size_t max_names = 1000;

bool is_option(std::string_view text) {
    return text.size() > 1 && text[0] == '-';
}

} // namespace

std::vector<named_program> program_reader::read(yaml_node const& root) {
    std::vector<named_program> all;
    map_reader map(root, "the file", *out_);
    for (auto const& item : read_.list(map.require("programs"), "programs"))
        program(item, all);
    map.finish();
    return all;
}

std::vector<std::string> program_reader::words(yaml_node const* node, std::string_view what) {
    std::vector<std::string> all;
    auto const add = [&](yaml_node const& item) {
        auto text = read_.scalar_text(&item, what);
        if (!text)
            return;
        if (text->empty() || text->size() > max_name)
            read_.invalid(item, std::string(what) + " takes names of 1 to " + std::to_string(max_name) + " characters");
        else
            all.push_back(std::move(*text));
    };
    if (node == nullptr)
        return all;
    if (node->what == yaml_node::kind::scalar)
        add(*node);
    else
        for (auto const& item : read_.list(node, what))
            add(item);
    if (all.size() > max_names)
        read_.invalid(*node, std::string(what) + " has more than " + std::to_string(max_names) + " names");
    return all;
}

void program_reader::add_option(yaml_node const& node, std::string name, std::string twin, bool takes,
                                program_entry& into) {
    if (!is_option(name)) {
        read_.invalid(node, "'" + name + "' is not an option", "an option starts with a dash");
        return;
    }
    auto const known = std::ranges::find(into.options, name, &option_rule::name);
    if (known == into.options.end()) {
        into.options.push_back({std::move(name), std::move(twin), takes});
        return;
    }
    known->takes = known->takes || takes;
    if (!twin.empty())
        known->twin = std::move(twin);
}

void program_reader::options(yaml_node const* node, bool takes, program_entry& into) {
    auto const what = takes ? std::string_view("takes") : std::string_view("pairs");
    for (auto const& item : read_.list(node, what)) {
        if (item.what == yaml_node::kind::scalar) {
            if (takes)
                add_option(item, item.text, {}, true, into);
            else
                read_.wrong_type(item, what, "two options");
            continue;
        }
        auto const pair = words(&item, what);
        if (pair.size() != 2) {
            read_.invalid(item, "a pair is two spellings of one option");
            continue;
        }
        add_option(item, pair[0], pair[1], takes, into);
        add_option(item, pair[1], pair[0], takes, into);
    }
}

void program_reader::wrap(yaml_node const& node, program_entry& into) {
    map_reader map(node, "wraps", *out_);
    if (!map.is_map())
        return;
    wrapping made;
    made.what = wrapping::kind::command;
    made.skip = static_cast<std::size_t>(read_.integer(map.find("skip"), "skip", 0, 8).value_or(0));
    made.assigns = read_.boolean(map.find("assigns"), "assigns").value_or(false);
    made.shown = read_.boolean(map.find("shown"), "shown").value_or(false);
    made.needs_dashes = read_.boolean(map.find("dashes"), "dashes").value_or(false);
    made.subcommands = words(map.find("subcommands"), "subcommands");
    made.unless = words(map.find("unless"), "unless");
    made.options = words(map.find("split"), "split");
    std::size_t kinds = 0;
    if (auto const* const text = map.find("text"); text != nullptr) {
        made.what = wrapping::kind::text;
        made.options = words(text, "text");
        ++kinds;
    }
    if (auto const* const after = map.find("after"); after != nullptr) {
        made.what = wrapping::kind::after;
        made.options = words(after, "after");
        ++kinds;
    }
    if (read_.boolean(map.find("rest"), "rest").value_or(false)) {
        made.what = wrapping::kind::rest;
        ++kinds;
    }
    if (read_.boolean(map.find("input"), "input").value_or(false)) {
        made.what = wrapping::kind::input;
        ++kinds;
    }
    if (kinds > 1)
        read_.invalid(node, "a wrap is one of text, after, rest and input");
    map.finish();
    into.wraps.push_back(std::move(made));
}

void program_reader::wraps(yaml_node const* node, program_entry& into) {
    if (node == nullptr)
        return;
    if (node->what == yaml_node::kind::map)
        wrap(*node, into);
    else
        for (auto const& item : read_.list(node, "wraps"))
            wrap(item, into);
}

bool program_reader::select(yaml_node const& node, effect_rule& rule) {
    auto const text = read_.scalar_text(&node, "what an effect is about");
    if (!text)
        return false;
    if (auto const found = std::ranges::find(selectors, *text, &named_selector::name); found != selectors.end()) {
        rule.what = found->what;
        return true;
    }
    rule.name = *text;
    if (is_option(*text)) {
        rule.what = selector::option;
        return true;
    }
    if (text->size() > 1 && (text->ends_with('=') || text->ends_with(':'))) {
        rule.what = selector::key;
        return true;
    }
    std::vector<std::string_view> names;
    for (auto const& each : selectors)
        names.push_back(each.name);
    auto const meant = nearest(*text, names);
    read_.invalid(node, "'" + *text + "' is not a word of a command",
                  meant.empty() ? "operands, first, last .., an option, or a key such as if="
                                : "did you mean '" + meant + "'?");
    return false;
}

void program_reader::effect(yaml_node const& node, effect_kind kind, program_entry& into) {
    effect_rule rule;
    rule.kind = kind;
    if (node.what == yaml_node::kind::scalar) {
        if (select(node, rule))
            into.effects.push_back(std::move(rule));
        return;
    }
    map_reader map(node, "an effect", *out_);
    if (!map.is_map())
        return;
    auto const* const of = map.require("of");
    bool const good = of != nullptr && select(*of, rule);
    rule.needs = words(map.find("with"), "with");
    rule.unless = words(map.find("without"), "without");
    rule.behind = words(map.find("behind"), "behind");
    if (auto const* const port = map.find("port"); port != nullptr) {
        rule.port = read_.scalar_text(port, "port").value_or("");
        if (kind != effect_kind::connects)
            read_.invalid(*port, "only connects has a port");
    }
    map.finish();
    if (good)
        into.effects.push_back(std::move(rule));
}

void program_reader::effects(yaml_node const* node, effect_kind kind, program_entry& into) {
    if (node == nullptr)
        return;
    if (node->what != yaml_node::kind::sequence)
        effect(*node, kind, into);
    else
        for (auto const& item : read_.list(node, to_string(kind)))
            effect(item, kind, into);
}

void program_reader::program(yaml_node const& node, std::vector<named_program>& into) {
    map_reader map(node, "a program", *out_);
    if (!map.is_map())
        return;
    auto const* const name = map.require("program");
    auto const names = words(name, "program");
    auto const* const also = map.find("also");
    auto const others = words(also, "also");
    if (also != nullptr && names.size() > 1)
        read_.invalid(*also, "other names belong to one program", "write a program of its own for each");
    program_entry entry;
    entry.versions = read_.boolean(map.find("versions"), "versions").value_or(false);
    entry.is_shell = read_.boolean(map.find("shell"), "shell").value_or(false);
    entry.interprets = read_.boolean(map.find("interprets"), "interprets").value_or(false);
    entry.silent = read_.boolean(map.find("silent"), "silent").value_or(false);
    entry.inert = read_.boolean(map.find("inert"), "inert").value_or(false);
    entry.asks = read_.boolean(map.find("asks"), "asks").value_or(false);
    entry.code = words(map.find("code"), "code");
    entry.directory = words(map.find("directory"), "directory");
    options(map.find("takes"), true, entry);
    options(map.find("pairs"), false, entry);
    if (auto const* const how = map.find("options"); how != nullptr) {
        auto const text = read_.text(how, "options").value_or("");
        entry.single_dash = text == "single dash";
        entry.options_first = text == "first";
        entry.bundled = text == "bundled";
        if (!entry.single_dash && !entry.options_first && !entry.bundled)
            read_.invalid(*how, "'" + text + "' is not a way of writing options", "one of single dash, first, bundled");
    }
    wraps(map.find("wraps"), entry);
    for (auto const kind : {effect_kind::reads, effect_kind::writes, effect_kind::appends, effect_kind::empties,
                            effect_kind::deletes, effect_kind::makes_executable, effect_kind::runs,
                            effect_kind::fetches, effect_kind::sends, effect_kind::connects})
        effects(map.find(to_string(kind)), kind, entry);
    map.finish();
    entry.index_options();
    for (auto const& each : names) {
        named_program made{{each}, entry};
        made.entry.name = each;
        made.names.insert(made.names.end(), others.begin(), others.end());
        into.push_back(std::move(made));
    }
}

} // namespace rulehost::shell
