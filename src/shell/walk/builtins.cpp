#include "shell/text/filters.hpp"
#include "shell/text/letters.hpp"
#include "shell/text/limits.hpp"
#include "shell/text/marked_text.hpp"
#include "shell/text/paths.hpp"
#include "shell/walk/walker.hpp"

namespace rulehost::shell {

/// eval and source: reads their text in place of the command.
bool walker::run_builtin(call const& made, std::string_view name, context const& around) {
    if (name.empty() || (name.front() != 'e' && name.front() != '.' && name.front() != 's'))
        return false;
    if (same(name, "eval")) {
        auto const listed = list_command(made, around, programs_->find(name), true);
        (void)listed;
        auto const from = made.words.count > 1 && word(made, 1) == "--" ? 2U : 1U;
        if (from < made.words.count)
            run_text(joined_words(made, from), name, around);
        return true;
    }
    if (same(name, ".") || same(name, "source")) {
        list_command(made, around, programs_->find(name), true);
        if (made.words.count < 2)
            return true;
        auto const script = word(made, 1);
        if (script == "/dev/stdin" && around.in->known) {
            run_text(around.in->text, name, around);
            return true;
        }
        run_script(made, 1, name, around);
        return true;
    }
    return false;
}

/// Applies the effect of a builtin on the following commands.
void walker::act(call const& made, std::string_view name, context const& around) {
    if (name.size() < 2 || name.size() > 8)
        return;
    switch (name.front()) {
    case 'a':
        if (same(name, "alias"))
            define_aliases(made);
        break;
    case 'c':
        if (same(name, "cd"))
            change_directory(made);
        break;
    case 'd':
        if (same(name, "declare"))
            set_from_words(made);
        break;
    case 'e':
        if (same(name, "export"))
            set_from_words(made);
        break;
    case 'l':
        if (same(name, "local"))
            set_from_words(made);
        break;
    case 'p':
        if (same(name, "pushd")) {
            change_directory(made);
        } else if (same(name, "printf") && made.words.count > 3 && word(made, 1) == "-v") {
            auto const text = formatted({out_->words.data() + made.words.first, made.words.count}, *arena_);
            if (text)
                variables_.set(word(made, 2), *text);
        }
        break;
    case 'r':
        if (same(name, "read"))
            read_words(made, around);
        else if (same(name, "readonly"))
            set_from_words(made);
        break;
    case 's':
        if (same(name, "set"))
            set_given(made, around);
        else if (same(name, "shift") && around.given->count > 1 && !around.unknown_given) {
            ++around.given->first; // `$0` is lost, which scripts rarely use after a shift
            --around.given->count;
        }
        break;
    case 't':
        if (same(name, "typeset"))
            set_from_words(made);
        else if (same(name, "trap"))
            set_hook(made, around);
        break;
    case 'u':
        if (same(name, "unset"))
            for (index i = 1; i < made.words.count; ++i)
                variables_.unset(word(made, i));
        break;
    default:
        break;
    }
}

void walker::change_directory(call const& made) {
    index i = 1;
    while (i < made.words.count && (word(made, i) == "--" || word(made, i) == "-P" || word(made, i) == "-L"))
        ++i;
    auto const to = i < made.words.count ? word(made, i) : std::string_view("~");
    if (to.empty() || to == "-" || to.front() == '$' || to.front() == '`') {
        directory_ = {};
        return;
    }
    directory_ = budget_.spend(directory_.size()) ? joined_path(directory_, to, *arena_) : std::string_view();
    while (directory_.size() > 1 && directory_.ends_with('/'))
        directory_.remove_suffix(1);
    if (directory_.size() > limits::max_directory)
        directory_ = {};
}

void walker::set_from_words(call const& made) {
    for (index i = 1; i < made.words.count; ++i) {
        auto const text = word(made, i);
        auto const sign = text.find('=');
        if (sign == std::string_view::npos || text.empty() || !starts_name(text.front()))
            continue;
        auto const appends = sign > 0 && text[sign - 1] == '+';
        auto const name = text.substr(0, appends ? sign - 1 : sign);
        auto value = text.substr(sign + 1);
        if (auto const* const before = appends ? variables_.find(name) : nullptr;
            before != nullptr && before->value.size() < 4096 && budget_.spend_copy(before->value.size()))
            value = arena_->join(before->value, value);
        variables_.set(name, value);
    }
}

/// read: sets variables to the next line of the input, or to unknown values.
void walker::read_words(call const& made, context const& around) {
    auto line = around.in->text;
    auto const known = around.in->known;
    if (known) {
        auto const end = std::min(line.find('\n'), line.size());
        around.in->text = line.substr(std::min(end + 1, line.size()));
        line = line.substr(0, end);
    }
    index first = 1;
    while (first < made.words.count && word(made, first).starts_with('-')) {
        auto const option = word(made, first).back();
        first += option == 'p' || option == 'd' || option == 'n' || option == 't' || option == 'u' || option == 'N' ||
                option == 'i'
            ? 2
            : 1;
    }
    std::string_view separators = " \t";
    if (auto const* const own = variables_.find("IFS"); own != nullptr && own->is_set)
        separators = own->value.substr(0, limits::max_separators);
    for (auto i = first; i < made.words.count; ++i) {
        auto const name = word(made, i);
        if (!known) {
            auto const start = build_.size();
            append_unknown(build_, arena_->join("$", name));
            variables_.set(name, arena_->copy(std::string_view(build_).substr(start)));
            build_.resize(start);
            continue;
        }
        line.remove_prefix(std::min(line.find_first_not_of(separators), line.size()));
        auto const end =
            i + 1 == made.words.count ? line.size() : std::min(line.find_first_of(separators), line.size());
        variables_.set(name, line.substr(0, end));
        line.remove_prefix(end);
    }
}

void walker::set_given(call const& made, context const& around) {
    index i = 1;
    bool gives = false;
    for (; i < made.words.count; ++i) {
        auto const text = word(made, i);
        if (text == "--" || text == "-") {
            gives = true;
            ++i;
            break;
        }
        if (text.empty() || (text.front() != '-' && text.front() != '+'))
            break;
        if (text == "-o" || text == "+o")
            ++i;
    }
    if (i >= made.words.count && !gives)
        return;
    *around.given = {static_cast<index>(given_.size()), 1};
    given_.push_back(name_of_shell);
    for (; i < made.words.count; ++i) {
        given_.push_back(word(made, i));
        ++around.given->count;
    }
}

void walker::define_aliases(call const& made) {
    for (index i = 1; i < made.words.count && aliases_.size() < 64; ++i) {
        auto const text = word(made, i);
        auto const sign = text.find('=');
        if (sign == std::string_view::npos || sign == 0)
            continue;
        aliases_.push_back({text.substr(0, sign), text.substr(sign + 1), text.data()});
    }
}

void walker::set_hook(call const& made, context const& around) {
    index i = 1;
    while (i < made.words.count && word(made, i).starts_with('-'))
        ++i;
    if (i + 1 >= made.words.count || word(made, i).empty())
        return;
    auto inner = around;
    inner.place = enter(place::kind::hook, {}, around.place);
    run_text(word(made, i), "trap", inner);
}

} // namespace rulehost::shell
