#include "shell/text/glob.hpp"
#include "shell/text/letters.hpp"
#include "shell/text/limits.hpp"
#include "shell/text/marked_text.hpp"
#include "shell/walk/walker.hpp"

#include <algorithm>
#include <charconv>

namespace rulehost::shell {

namespace {

struct named_value {
    std::string_view name;
    std::string_view value;
};

/// The variables that a root shell on Linux starts with.
constexpr named_value usual[]{
    {"SHELL", "/bin/bash"},
    {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
    {"USER", "root"},
    {"LOGNAME", "root"},
    {"UID", "0"},
    {"EUID", "0"},
    {"OSTYPE", "linux-gnu"},
    {"HOSTTYPE", "x86_64"},
    {"BASH", "/bin/bash"},
    {"TERM", "xterm"},
};

/// Set in every shell, to an unknown value.
constexpr std::string_view changing[]{"RANDOM", "SECONDS",      "LINENO", "BASHPID", "PPID",         "HOSTNAME",
                                      "OLDPWD", "EPOCHSECONDS", "_",      "REPLY",   "EPOCHREALTIME"};

std::string_view first_element(std::string_view array) {
    return array.substr(0, array.find(variables::separator));
}

std::string_view element(std::string_view array, std::size_t number) {
    for (; number > 0; --number) {
        auto const end = array.find(variables::separator);
        if (end == std::string_view::npos)
            return {};
        array.remove_prefix(end + 1);
    }
    return first_element(array);
}

char upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

} // namespace

namespace {

/// `${x}` as `$x`.
std::string_view typed_name(part const& piece, text_arena& arena) {
    return piece.braced && piece.op == part::operation::plain && piece.subscript == 0 ? arena.join("$", piece.text)
                                                                                      : piece.typed;
}

} // namespace

walker::resolved walker::look_up(std::string_view name, context const& around) const {
    resolved found;
    if (name.empty())
        return found;
    auto const given = *around.given;
    auto const c = name.front();
    if (is(c, letter_digit)) {
        std::size_t number = 0;
        std::from_chars(name.data(), name.data() + name.size(), number);
        if (number < given.count) {
            found.is_set = true;
            found.value = given_[given.first + number];
        } else if (number == 0) {
            found.is_set = true;
            found.value = name_of_shell;
        } else {
            found.unknown = found.is_set = around.unknown_given;
        }
        // The shell, or the script that holds the line.
        found.two_readings = number == 0 && found.value.data() == name_of_shell.data();
        return found;
    }
    if (!starts_name(c)) {
        found.is_set = true;
        if (c == '?')
            found.value = "0";
        else
            found.unknown = true;
        return found;
    }
    if (auto const* const known = variables_.find(name); known != nullptr) {
        found.is_set = known->is_set;
        found.value = known->is_array ? first_element(known->value) : known->value;
        return found;
    }
    found.is_set = true;
    if (name == "HOME") {
        found.value = "~";
        return found;
    }
    if (name == "IFS") {
        found.value = " \t\n";
        return found;
    }
    if (name == "PWD" && !directory_.empty()) {
        found.value = directory_;
        return found;
    }
    for (auto const& each : usual) {
        if (each.name == name) {
            found.value = each.value;
            found.two_readings = true;
            return found;
        }
    }
    if (name == "PWD" || std::ranges::find(changing, name) != std::end(changing)) {
        found.unknown = true;
        return found;
    }
    found.is_set = false;
    found.two_readings = true;
    return found;
}

void walker::put_elements(part const& piece, std::string_view elements, building& into) {
    bool const apart = piece.quoted && into.how == building::mode::words &&
        (piece.subscript == '@' || (piece.subscript == 0 && piece.text == "@"));
    for (bool first = true;; first = false) {
        auto const end = elements.find(variables::separator);
        if (!first) {
            if (apart || (!piece.quoted && into.how == building::mode::words)) {
                into.open = into.open || apart;
                close_field(into);
            } else {
                put(into, " ", piece.quoted);
            }
        }
        put_value(piece, elements.substr(0, end), into);
        if (end == std::string_view::npos)
            return;
        elements.remove_prefix(end + 1);
    }
}

void walker::put_given(part const& piece, building& into, context const& around) {
    auto const given = *around.given;
    if (around.unknown_given) {
        put_unknown(into, piece.typed);
        return;
    }
    if (given.count < 2) {
        if (piece.quoted && piece.text == "@" && build_.size() == into.start)
            into.open = false; // an empty "$@" is no word
        return;
    }
    if (!budget_.spend(std::size_t{16} * given.count)) {
        put_unknown(into, piece.typed);
        return;
    }
    auto const before = build_.size();
    for (index i = 1; i < given.count; ++i) {
        if (i > 1)
            build_ += variables::separator;
        build_ += given_[given.first + i];
    }
    auto const all = arena_->copy(std::string_view(build_).substr(before));
    build_.resize(before);
    put_elements(piece, all, into);
}

void walker::parameter(part const& piece, building& into, context const& around) {
    using operation = part::operation;
    auto const name = piece.text;
    if (piece.subscript != 0 && piece.inner2 != none && piece.op != operation::replace &&
        piece.op != operation::replace_all && piece.op != operation::substring) {
        auto const which = parts_text(piece.inner2, building::mode::text, around);
        auto const* const known = variables_.find(name);
        if (known != nullptr && known->is_set && piece.op == operation::plain) {
            if (piece.subscript != 'i')
                put_elements(piece, known->value, into);
            else if (auto const number = arithmetic(which); number && *number >= 0)
                put_value(piece, element(known->value, static_cast<std::size_t>(*number)), into);
            return;
        }
    }
    if ((name == "@" || name == "*") && piece.op == operation::plain) {
        put_given(piece, into, around);
        return;
    }
    if (name == "#" && piece.op == operation::plain) {
        char digits[24];
        auto const count = around.given->count > 0 ? around.given->count - 1 : 0;
        auto const end = std::to_chars(digits, digits + sizeof digits, count).ptr;
        put(into, {digits, static_cast<std::size_t>(end - digits)}, true);
        return;
    }
    auto found = look_up(name, around);
    if (piece.op == operation::indirect && found.is_set && !found.unknown && !is_marked(found.value))
        found = look_up(found.value, around);
    auto const is_there = found.is_set && (!piece.colon || found.unknown || !found.value.empty());
    switch (piece.op) {
    case operation::fallback:
    case operation::assign:
        if (!is_there) {
            if (piece.op == operation::assign) {
                auto const value = parts_text(piece.inner, building::mode::assignment, around);
                variables_.set(name, value);
                put_value(piece, value, into);
            } else {
                expand_parts(piece.inner, into, around);
            }
            return;
        }
        break;
    case operation::alternative:
        if (is_there)
            expand_parts(piece.inner, into, around);
        return;
    case operation::plain:
    case operation::error:
    case operation::indirect:
        break;
    default:
        if (found.unknown || is_marked(found.value)) {
            put_unknown(into, piece.typed);
            return;
        }
        if (piece.op == operation::length) {
            char digits[24];
            auto const size = name == "HOME" && found.value == "~" ? 5 : found.value.size();
            auto const end = std::to_chars(digits, digits + sizeof digits, size).ptr;
            put(into, {digits, static_cast<std::size_t>(end - digits)}, true);
            return;
        }
        if (!found.is_set)
            break;
        if (!budget_.spend(found.value.size())) {
            put_unknown(into, piece.typed);
            return;
        }
        put_value(piece, edited(piece, found.value, around), into);
        return;
    }
    if (found.unknown) {
        put_unknown(into, typed_name(piece, *arena_));
    } else if (found.two_readings) {
        into.open = true;
        into.marked = true;
        append_marked(build_, typed_name(piece, *arena_), found.value);
    } else {
        put_value(piece, found.value, into);
    }
}

std::string_view walker::edited(part const& piece, std::string_view value, context const& around) {
    using operation = part::operation;
    auto const front = piece.op == operation::cut_front || piece.op == operation::cut_front_all;
    switch (piece.op) {
    case operation::cut_front:
    case operation::cut_front_all:
    case operation::cut_back:
    case operation::cut_back_all: {
        auto const pattern = parts_text(piece.inner, building::mode::pattern, around);
        auto const longest = piece.op == operation::cut_front_all || piece.op == operation::cut_back_all;
        if (!budget_.spend(1))
            return value;
        std::size_t steps = 0;
        auto const cut = length_that_fits(pattern, value, front, longest, steps);
        budget_.charge(steps);
        if (cut == std::string_view::npos)
            return value;
        return front ? value.substr(cut) : value.substr(0, value.size() - cut);
    }
    case operation::substring: {
        auto const from = arithmetic(parts_text(piece.inner, building::mode::text, around));
        auto const size = static_cast<std::int64_t>(value.size());
        if (!from)
            return value;
        auto const start = std::clamp<std::int64_t>(*from < 0 ? size + *from : *from, 0, size);
        auto length = size - start;
        if (piece.inner2 != none) {
            auto const wanted = arithmetic(parts_text(piece.inner2, building::mode::text, around));
            if (wanted)
                length = std::clamp<std::int64_t>(*wanted < 0 ? size + *wanted - start : *wanted, 0, length);
        }
        return value.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(length));
    }
    case operation::replace:
    case operation::replace_all: {
        auto pattern = parts_text(piece.inner, building::mode::pattern, around);
        auto const by = parts_text(piece.inner2, building::mode::text, around);
        bool const at_front = pattern.starts_with('#') && piece.op == operation::replace;
        bool const at_back = pattern.starts_with('%') && piece.op == operation::replace;
        if (at_front || at_back)
            pattern.remove_prefix(1);
        if (pattern.empty() || value.size() > 4096 || !budget_.spend(1))
            return value;
        auto const literal = pattern.find_first_of("*?[\\") == std::string_view::npos;
        auto const mark_of = build_.size();
        std::size_t steps = 0;
        for (std::size_t at = 0; at < value.size();) {
            auto const rest = value.substr(at);
            std::size_t length = std::string_view::npos;
            if (!at_front || at == 0) {
                if (literal)
                    length = rest.starts_with(pattern) ? pattern.size() : std::string_view::npos;
                else
                    length = length_that_fits(pattern, rest, true, true, steps);
            }
            if (length == std::string_view::npos || length == 0 || (at_back && at + length != value.size())) {
                build_ += value[at++];
                continue;
            }
            build_ += by;
            at += length;
            if (piece.op == operation::replace || build_.size() - mark_of > limits::max_text) {
                build_ += value.substr(at);
                break;
            }
        }
        auto const made = arena_->copy(std::string_view(build_).substr(mark_of));
        build_.resize(mark_of);
        budget_.charge(steps + made.size());
        return made;
    }
    default:
        break;
    }
    auto* const out = arena_->take(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) {
        auto const all = piece.op == operation::upper || piece.op == operation::lower;
        auto const up = piece.op == operation::upper || piece.op == operation::upper_first;
        out[i] = all || i == 0 ? (up ? upper(value[i]) : lower(value[i])) : value[i];
    }
    return {out, value.size()};
}

} // namespace rulehost::shell
