#include "shell/programs/options.hpp"
#include "shell/text/limits.hpp"
#include "shell/text/paths.hpp"
#include "shell/walk/interpreter_code.hpp"
#include "shell/walk/walker.hpp"

#include <algorithm>

namespace rulehost::shell {

namespace {

bool is_one_substitution(std::string_view text) {
    return (text.starts_with("$(") && text.ends_with(')')) ||
        (text.size() > 1 && text.starts_with('`') && text.ends_with('`'));
}

} // namespace

void walker::run_script(call const& made, std::size_t at, std::string_view via, context const& around) {
    auto const script = word(made, at);
    auto const* const known = find_file(joined_path(directory_, script, *arena_));
    auto inner = made;
    inner.words.first += static_cast<index>(at);
    inner.words.count -= static_cast<index>(at);
    inner.text = {};
    auto within = around;
    within.via = with_via(around.via, via);
    if (!script.starts_with("<(")) {
        auto const* const entry = programs_->find(base_name(script));
        auto const listed = list_command(inner, within, entry != nullptr && !entry->is_shell ? entry : nullptr, false);
        out_->commands[listed].script = true;
    }
    if (known == nullptr || !known->known) {
        unknown_output(around);
        return;
    }
    walk_script(known->text, inner, within);
}

/// Reads a script that the line wrote, with the words of the command as its parameters.
void walker::walk_script(std::string_view text, call const& made, context const& around) {
    range given{static_cast<index>(given_.size()), made.words.count};
    for (index i = 0; i < made.words.count; ++i)
        given_.push_back(word(made, i));
    auto within = around;
    within.given = &given;
    within.unknown_given = false;
    walk_text(text, within);
}

/// A shell: reads its text, its script or its input.
void walker::run_shell(call const& made, context const& around) {
    auto const name = base_name(word(made, 0));
    std::size_t i = 1;
    bool wants_text = false;
    bool reads = false;
    for (; i < made.words.count; ++i) {
        auto const text = word(made, i);
        if (text == "--" || text == "-") {
            ++i;
            break;
        }
        if (text.size() < 2 || (text.front() != '-' && text.front() != '+'))
            break;
        if (text.starts_with("--")) {
            if (text == "--rcfile" || text == "--init-file")
                ++i;
            continue;
        }
        std::size_t values = 0;
        for (auto const c : text.substr(1)) {
            wants_text = wants_text || (c == 'c' && text.front() == '-');
            reads = reads || c == 's';
            values += c == 'o' || c == 'O' ? 1 : 0;
        }
        i += values;
    }
    i = std::min<std::size_t>(i, made.words.count);
    auto inner = around;
    inner.via = with_via(around.via, name);
    auto const first_given = static_cast<index>(given_.size());
    auto const give = [&](std::size_t from) {
        for (auto at = from; at < made.words.count; ++at)
            given_.push_back(word(made, at));
    };
    std::string_view text;
    if (wants_text) {
        if (i >= made.words.count)
            return;
        text = word(made, i);
        give(i + 1);
    } else if (!reads && i < made.words.count) {
        if (word(made, i) == "/dev/stdin" && around.in->known) {
            text = around.in->text;
        } else {
            run_script(made, i, name, around);
            return;
        }
    } else {
        if (!around.in->known) {
            unknown_output(around);
            return;
        }
        text = around.in->text;
        given_.push_back(name);
        give(i);
    }
    range given{first_given, static_cast<index>(given_.size()) - first_given};
    inner.given = &given;
    inner.unknown_given = false;
    stream nothing{true, true, {}};
    if (!wants_text)
        inner.in = &nothing;
    if (made.unknown && is_one_substitution(text)) { // runs unknown output
        unknown_output(around);
        return;
    }
    auto const scope = enter_subshell();
    walk_text(text, inner);
    leave_subshell(scope);
}

void walker::run_interpreter(call const& made, program_entry const& entry, context const& around) {
    auto const name = base_name(word(made, 0));
    std::size_t i = 1;
    bool has_code = false;
    while (i < made.words.count) {
        std::span<std::string_view const> const words{out_->words.data() + made.words.first, made.words.count};
        option found;
        auto const taken = first_option(entry, words, i, found);
        if (taken == 0)
            break;
        for (auto const& each : entry.code) {
            if (found.name == each && found.has_value) {
                has_code = true;
                run_code(found.value, name, around);
            }
        }
        i += taken;
        if (has_code && entry.options_first)
            break;
        if (found.name == "-m")
            return;
    }
    if (entry.code.size() == 1 && entry.code.front() == "first" &&
        i < made.words.count) { // awk: the first operand is code
        run_code(word(made, i), name, around);
        return;
    }
    if (has_code)
        return;
    if (i < made.words.count && word(made, i) != "-") {
        run_script(made, i, name, around);
        return;
    }
    if (around.in->known)
        run_code(around.in->text, name, around);
}

void walker::run_code(std::string_view code, std::string_view via, context const& around) {
    auto rest = code;
    std::size_t found = 0;
    while (found < limits::max_rounds) {
        auto const text = next_shell_text(rest, *arena_);
        if (text.data() == nullptr)
            break;
        ++found;
        auto inner = around;
        inner.out = nullptr;
        run_text(text, via, inner);
    }
}

} // namespace rulehost::shell
