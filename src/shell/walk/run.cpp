#include "shell/text/limits.hpp"
#include "shell/text/paths.hpp"
#include "shell/walk/started_shell.hpp"
#include "shell/walk/walker.hpp"

#include <algorithm>

namespace rulehost::shell {

range walker::with_via(range via, std::string_view name) {
    if (via.count >= limits::max_via)
        return via;
    range const made{static_cast<index>(out_->names.size()), via.count + 1};
    for (index i = 0; i < via.count; ++i)
        out_->names.push_back(out_->names[via.first + i]);
    out_->names.push_back(name);
    return made;
}

std::string_view walker::joined_words(call const& made, std::size_t from) {
    if (made.words.count == from + 1)
        return word(made, from);
    std::size_t size = 0;
    for (auto i = from; i < made.words.count; ++i)
        size += word(made, i).size() + 1;
    auto* const out = arena_->take(size);
    std::size_t at = 0;
    for (auto i = from; i < made.words.count; ++i) {
        if (i != from)
            out[at++] = ' ';
        at += word(made, i).copy(out + at, word(made, i).size());
    }
    return {out, at};
}

void walker::run_text(std::string_view text, std::string_view via, context const& around) {
    auto inner = around;
    inner.via = with_via(around.via, via);
    walk_text(text, inner);
}

void walker::run_inner(call const& made, std::size_t from, std::string_view via, context const& around) {
    auto inner = made;
    inner.words.first += static_cast<index>(from);
    inner.words.count -= static_cast<index>(from);
    inner.by_name = true;
    inner.text = {};
    if (made.end != nullptr) {
        auto const* const start = word(made, from).data();
        inner.text = {start, static_cast<std::size_t>(made.end - start)};
    }
    auto within = around;
    within.via = with_via(around.via, via);
    if (inner.words.count == 0 || within.via.count >= limits::max_via) {
        out_->truncated = out_->truncated || inner.words.count != 0;
        return;
    }
    run(inner, within);
}

/// Reads a shell that a word of another program starts, or a script that the line wrote and the word names.
bool walker::run_started_shell(std::string_view word, std::string_view via, context const& around) {
    auto text = started_shell(word);
    if (text.empty() && !files_.empty() && budget_.spend(8 * files_.size())) {
        auto const sign = word.find('=');
        auto const path = sign == std::string_view::npos || word.starts_with('/') ? word : word.substr(sign + 1);
        if (auto const* const script = find_file(joined_path(directory_, path, *arena_));
            script != nullptr && script->known && budget_.spend_copy(script->text.size()))
            text = started_shell(script->text);
    }
    if (text.empty())
        return false;
    auto inner = around;
    inner.out = nullptr;
    run_text(text, via, inner);
    return true;
}

/// Any program may be given the path of a shell: as its editor, pager, hook, helper or command.
void walker::run_started_shells(call const& made, program_entry const* entry, std::string_view text_of_command,
                                context const& around) {
    constexpr std::string_view folder = "/bin/";
    constexpr std::size_t max_found = 4;
    auto const via = entry != nullptr ? std::string_view(entry->name) : base_name(word(made, 0));
    bool const names_files = entry != nullptr && !entry->effects.empty();
    bool const asks = entry != nullptr && entry->asks;
    std::size_t found = 0;
    // Searches the whole text of the command first: nearly none names a shell.
    bool const may_start = asks || !files_.empty() || text_of_command.find(folder) != std::string_view::npos;
    for (index i = 1; may_start && i < made.words.count && found < max_found; ++i) {
        auto const text = word(made, i);
        if (asks) {
            auto const start = text.starts_with('+') || text.starts_with('-') ? text.find_first_of("!:\\.") : 0;
            if (auto const escaped = behind_shell_escape(text.substr(std::min(start, text.size()))); !escaped.empty()) {
                auto inner = around;
                inner.out = nullptr;
                run_text(escaped, via, inner);
                ++found;
                continue;
            }
        }
        if (text.find(folder) == std::string_view::npos && files_.empty())
            continue;
        auto const started = started_shell(text);
        if (!started.empty() && started.size() == text.size() &&
            text.find_first_of(" ;|&<>(") == std::string_view::npos) {
            if (names_files && (i == 1 || !word(made, i - 1).starts_with('-')))
                continue; // `zip x /bin/sh`
            auto inner = made;
            inner.sets = {};
            auto within = around;
            within.out = nullptr;
            run_inner(inner, i, via, within);
            return;
        }
        found += run_started_shell(text, via, around) ? 1 : 0;
    }
    for (index i = 0; i < made.sets.count && found < max_found; ++i) {
        auto const set = out_->sets[made.sets.first + i];
        if (set.name != "SHELL" && set.name != "PATH" &&
            (!files_.empty() || set.value.find(folder) != std::string_view::npos))
            found += run_started_shell(set.value, via, around) ? 1 : 0;
    }
    if (around.in->known && !around.in->text.empty())
        run_started_shell(around.in->text, via, around);
}

void walker::run(call const& made, context const& around) {
    if (made.words.count == 0) {
        if (made.sets.count != 0 || (made.redirects.count != 0 && made.redirects.first != around.redirects.first) ||
            targets_.size() != 0)
            if (made.sets.count != 0 || made.redirects.count != 0)
                list_command(made, around, nullptr, false);
        if (around.out != nullptr && made.sets.count == 0 && made.redirects.count != 0) { // $(<file)
            if (around.in->known)
                emit_text(around.in->text, around);
            else
                unknown_output(around);
        }
        return;
    }
    auto const typed = word(made, 0);
    auto const name = typed.ends_with('/') ? typed : base_name(typed);
    if (!made.shallow && !made.by_name) {
        for (auto i = functions_.size(); i-- > 0;) {
            if (functions_[i].name == typed && (functions_[i].active || !functions_[i].is_gone)) {
                auto const conditional = functions_[i].conditional; // the call may add functions
                call_function(i, made, around);
                if (!conditional)
                    return;
                break;
            }
        }
    }
    auto const* const entry = programs_->find(name);
    if (!made.shallow && run_builtin(made, typed, around))
        return;
    if (entry != nullptr && !entry->wraps.empty() && run_wrapped(made, *entry, around))
        return;
    auto const listed = list_command(made, around, entry, false);
    if (made.shallow)
        return;
    if (!files_.empty() && typed.size() != name.size())
        if (auto const* const script = find_file(joined_path(directory_, typed, *arena_));
            script != nullptr && script->known) {
            auto within = around;
            within.via = with_via(around.via, name);
            auto const scope = enter_subshell();
            walk_script(script->text, made, within);
            leave_subshell(scope);
            return;
        }
    act(made, name, around);
    if (entry != nullptr && entry->is_shell)
        run_shell(made, around);
    else if (entry != nullptr && entry->interprets)
        run_interpreter(made, *entry, around);
    if (out_->commands.size() == listed + 1U && (entry == nullptr || (!entry->inert && !entry->is_shell)))
        run_started_shells(made, entry, out_->commands[listed].text, around);
    print(made, entry, name, around, listed);
}

} // namespace rulehost::shell
