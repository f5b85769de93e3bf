#include "rule/command_warnings.hpp"

#include "rule/glob_text.hpp"
#include "shell/programs/program_table.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {
namespace {

using key = command_condition::key;
using value_node = value_condition::node;

/// Whether the condition requires a value to be present.
bool demands_a_value(value_condition const& value) {
    switch (value.kind) {
    case value_node::none_of:
        return false;
    case value_node::count:
        return value.least > 0;
    case value_node::any_of:
        return std::ranges::all_of(value.children, demands_a_value);
    case value_node::all_of:
        return std::ranges::any_of(value.children, demands_a_value);
    default:
        return true;
    }
}

bool is_literal(std::string_view text) {
    return text.find_first_of("*?[\\ \t") == std::string_view::npos;
}

/// The texts of `value` if it is a text or a list of texts, including those of a shared list.
bool collect_texts(value_condition const& value, std::vector<std::string>& texts) {
    if (value.kind == value_node::glob)
        return spread_braces(value.text, texts);
    return value.kind == value_node::any_of &&
        std::ranges::all_of(value.children, [&](value_condition const& child) { return collect_texts(child, texts); });
}

std::optional<std::vector<std::string>> texts_of(value_condition const& value) {
    std::vector<std::string> texts;
    return collect_texts(value, texts) ? std::optional(std::move(texts)) : std::nullopt;
}

template <class Visit>
void for_each_glob(value_condition const& value, Visit const& visit) {
    if (value.kind == value_node::glob)
        visit(value);
    for (auto const& child : value.children)
        for_each_glob(child, visit);
}

bool is_path(key of) {
    return (of >= key::reads && of <= key::runs) || of == key::file;
}

bool has_detour(std::string const& path) {
    return path.find("//") != std::string::npos || path.find("/./") != std::string::npos ||
        path.find("/../") != std::string::npos;
}

/// Whether only the table of programs gives this effect; redirects give the others.
bool comes_from_the_table(key of) {
    return of == key::deletes || of == key::makes_executable || of == key::fetches || of == key::sends;
}

class warning {
public:
    explicit warning(findings& out) : out_(&out), table_(shell::program_table::shipped()) {}

    void look_at(command_condition const& map) {
        command_condition::test const* program = nullptr;
        for (auto const& test : map.tests)
            if (test.of == key::program)
                program = &test;
        for (auto const& test : map.tests) {
            look_at_globs(test);
            look_at_counts(map, test);
            if (program)
                look_at_program(program->value, test, map.ignore_case);
            for (auto const& other : test.others)
                look_at(other);
        }
    }

private:
    void warn(std::size_t line, std::size_t column, std::string message, std::string hint = {}) {
        out_->report(finding::impossible_command, {line, column}, std::move(message), std::move(hint));
    }

    void look_at_globs(command_condition::test const& test) {
        for_each_glob(test.value, [&](value_condition const& glob) {
            std::vector<std::string> texts;
            spread_braces(glob.text, texts);
            if (is_path(test.of) && !texts.empty() && std::ranges::all_of(texts, has_detour)) {
                warn(glob.line, glob.column,
                     "no file is known by '" + texts.front() + "': paths are compared without //, /./ and /../");
                return;
            }
            for (auto const& text : texts) {
                if ((test.of == key::program || test.of == key::via) && is_literal(text) &&
                    text.find('/') != std::string::npos) {
                    warn(glob.line, glob.column, "'" + text + "' is not a base name, which programs are known by",
                         "write '" + text.substr(text.rfind('/') + 1) + "'; for the path as it is run there is 'runs'");
                    return;
                }
                static constexpr std::string_view readings[]{"typed", "unfolded", "kept", "decoded", "truncated"};
                if (test.of == key::reading && is_literal(text) &&
                    std::ranges::find(readings, text) == std::end(readings)) {
                    warn(glob.line, glob.column, "unknown reading '" + text + "'",
                         "there are typed, unfolded, kept, decoded and truncated");
                    return;
                }
            }
        });
    }

    void look_at_counts(command_condition const& map, command_condition::test const& test) {
        bool const is_count = test.of == key::operands || test.of == key::arguments;
        if (!is_count || test.value.kind != value_node::count || test.value.most > 0)
            return;
        for (auto const& other : map.tests) {
            bool const is_operand = other.of == key::operand || other.of == key::subcommand ||
                (other.of == key::operands && &other != &test);
            bool const is_other = test.of == key::arguments && (other.of == key::option || other.of == key::argument);
            if ((is_operand || is_other) && demands_a_value(other.value)) {
                warn(other.line, other.column,
                     "a command without " + std::string(to_string(test.of)) + " has no " +
                         std::string(to_string(other.of)));
            }
        }
    }

    void look_at_program(value_condition const& program, command_condition::test const& test, bool ignore_case) {
        auto const names = texts_of(program);
        if (!names || names->empty() || ignore_case || !std::ranges::all_of(*names, is_literal))
            return;
        auto const is_known = [&](std::string const& name) { return table_->find(name) != nullptr; };
        if (comes_from_the_table(test.of) && demands_a_value(test.value) && std::ranges::none_of(*names, is_known)) {
            warn(test.line, test.column,
                 "the table of programs does not have '" + names->front() + "', so it is not known what it " +
                     std::string(to_string(test.of)),
                 "ask for 'operand', 'argument' or 'file', or add the program to the table");
        }
        if (test.of == key::option && std::ranges::all_of(*names, is_known))
            look_at_option(test.value, *names);
    }

    void look_at_option(value_condition const& value, std::vector<std::string> const& names) {
        if (value.kind == value_node::named && !value.children.empty() && value.text.size() == 2 &&
            value.text[0] == '-') {
            bool const takes = std::ranges::any_of(names, [&](std::string const& name) {
                auto const* const entry = table_->find(name);
                auto const* const option = entry->find(value.text);
                return entry->single_dash || (option && option->takes);
            });
            if (!takes) {
                warn(value.line, value.column, value.text + " of " + names.front() + " takes no value",
                     "write 'option: " + value.text + "', or ask for 'operand'");
            }
            return;
        }
        if (value.kind != value_node::none_of)
            for (auto const& child : value.children)
                look_at_option(child, names);
    }

    findings* out_;
    std::shared_ptr<shell::program_table const> table_;
};

} // namespace

void warn_of_impossible_commands(condition const& from, findings& out) {
    for (auto const& step : from.commands)
        for (auto const& map : step)
            warning(out).look_at(map);
    for (auto const& child : from.children)
        warn_of_impossible_commands(child, out);
}

} // namespace rulehost
