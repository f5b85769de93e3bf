#include "shell/limits.hpp"
#include "shell/paths.hpp"
#include "shell/walker.hpp"

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
            if (functions_[i].name == typed) {
                auto const conditional = functions_[i].conditional; // the call may add functions
                call_function(i, made, around);
                if (!conditional)
                    return;
                break;
            }
        }
    }
    auto const* const entry = programs_->find(name);
    if (!made.shallow && run_builtin(made, around))
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
    print(made, entry, name, around, listed);
}

} // namespace rulehost::shell
