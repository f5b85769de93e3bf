#include "shell/text/arithmetic.hpp"
#include "shell/text/letters.hpp"
#include "shell/text/limits.hpp"
#include "shell/text/marked_text.hpp"
#include "shell/walk/sink_holder.hpp"
#include "shell/walk/walker.hpp"

#include <charconv>

namespace rulehost::shell {

void walker::expand(index which, building::mode how, context const& around) {
    auto const it = tree_.words[which];
    if (it.plain) {
        fields_.push_back({.text = it.typed, .as_typed = true});
        return;
    }
    if (it.brace && how == building::mode::words && budget_.spend(it.typed.size())) {
        auto const& spread = braces_.spread(it.typed, limits::max_braced_words);
        if (spread.size() > 1 || (spread.size() == 1 && spread[0] != it.typed)) {
            std::size_t size = 0;
            for (auto const each : spread)
                size += each.size() + 16;
            if (budget_.spend_text(size)) {
                // Copies the words, since nested words reuse the expander.
                auto const first_word = spread_.size();
                for (auto const each : spread)
                    spread_.push_back(arena_->copy(each));
                auto const first_field = fields_.size();
                for (auto i = first_word; i < spread_.size(); ++i) {
                    if (spread_[i].empty())
                        continue; // `{id,}` is one word
                    auto const made = parser_.word_again(spread_[i]);
                    tree_.words[made].brace = false;
                    expand(made, how, around);
                }
                spread_.shrink(first_word);
                for (auto i = first_field; i < fields_.size(); ++i)
                    fields_[i].as_typed = false;
                return;
            }
        }
    }
    building made;
    made.how = how;
    made.start = build_.size();
    made.quoted = false;
    expand_parts(it.parts, made, around);
    if (how == building::mode::words) {
        close_field(made);
        return;
    }
    made.open = true;
    close_field(made);
}

void walker::expand_list(index first_word, context const& around) {
    for (auto at = first_word; at != none; at = tree_.words[at].next)
        expand(at, building::mode::words, around);
}

std::string_view walker::expand_text(index which, building::mode how, context const& around) {
    auto const before = fields_.size();
    expand(which, how, around);
    auto const text = fields_.size() > before ? fields_[before].text : std::string_view();
    fields_.shrink(before);
    return text;
}

std::string_view walker::parts_text(index parts, building::mode how, context const& around) {
    if (parts == none)
        return {};
    building made;
    made.how = how;
    made.start = build_.size();
    expand_parts(parts, made, around);
    auto const text = arena_->copy(std::string_view(build_).substr(made.start));
    budget_.charge(text.size());
    build_.resize(made.start);
    return text;
}

void walker::expand_parts(index parts, building& into, context const& around) {
    for (auto at = parts; at != none; at = tree_.parts[at].next) {
        auto const piece = tree_.parts[at];
        switch (piece.what) {
        case part::kind::text:
            put(into, piece.text, piece.quoted);
            break;
        case part::kind::parameter:
            parameter(piece, into, around);
            break;
        case part::kind::command:
            substitute(piece, into, around);
            break;
        case part::kind::arithmetic:
            compute(piece, into, around);
            break;
        case part::kind::input_of: {
            sink_holder caught(*this);
            if (piece.inner != none)
                walk_substitution(piece.inner, *caught, around);
            keep_file(piece.typed, arena_->copy(caught->text), caught->known, false);
            put(into, piece.typed, true);
            break;
        }
        case part::kind::output_to:
            deferred_.push_back({piece.typed, piece.inner});
            put(into, piece.typed, true);
            break;
        case part::kind::array: {
            auto const before = fields_.size();
            auto const size = build_.size();
            expand_list(piece.inner, around);
            build_.resize(size);
            for (auto i = before; i < fields_.size(); ++i) {
                if (i != before)
                    build_ += variables::separator;
                build_ += fields_[i].text;
            }
            fields_.shrink(before);
            into.open = true;
            break;
        }
        }
    }
}

/// The commands of `$( )` or `<( )`, in a scope of their own; their output goes to `out`.
void walker::walk_substitution(index node, sink& out, context const& around) {
    auto inner = around;
    inner.out = &out;
    inner.stage = none;
    inner.redirects = {};
    inner.place = enter(place::kind::substitution, {}, around.place);
    substitutions_.push_back(inner.place);
    auto const scope = enter_subshell();
    walk(node, inner);
    leave_subshell(scope);
}

void walker::substitute(part const& piece, building& into, context const& around) {
    if (piece.inner == none)
        return;
    sink_holder caught(*this);
    walk_substitution(piece.inner, *caught, around);
    if (!caught->known) {
        put_unknown(into, piece.typed);
        return;
    }
    std::string_view text = caught->text;
    if (is_marked(text))
        text = cleaned(text, false);
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    put_value(piece, text, into);
}

std::optional<std::int64_t> walker::arithmetic(std::string_view text) {
    arithmetic_variables const by{
        [this](std::string_view name) -> std::optional<std::int64_t> {
            auto const* const known = variables_.find(name);
            if (known == nullptr || !known->is_set)
                return name == "RANDOM" || name == "SECONDS" || name == "PPID" || name == "BASHPID"
                    ? std::nullopt
                    : std::optional<std::int64_t>(0);
            std::int64_t value = 0;
            auto const digits = known->value;
            if (digits.empty())
                return 0;
            auto const [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
            if (problem != std::errc{} || end != digits.data() + digits.size())
                return {};
            return value;
        },
        [this](std::string_view name, std::int64_t value) {
            char digits[24];
            auto const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
            variables_.set(name, arena_->copy({digits, static_cast<std::size_t>(end - digits)}));
        }};
    if (text.find_first_not_of(" \t\n") == std::string_view::npos)
        return 0;
    if (text.size() > 4096)
        return {};
    return arithmetic_value(text, by);
}

void walker::compute(part const& piece, building& into, context const& around) {
    auto text = parts_text(piece.inner, building::mode::text, around);
    if (is_marked(text)) {
        // An unset variable counts as empty; an unknown part makes the whole unknown.
        if (text.find('\1') != std::string_view::npos) {
            put_unknown(into, piece.typed);
            return;
        }
        text = plain_text(text, false, *arena_);
    }
    auto const value = arithmetic(text);
    if (!value) {
        put_unknown(into, piece.typed);
        return;
    }
    char digits[24];
    auto const end = std::to_chars(digits, digits + sizeof digits, *value).ptr;
    put(into, {digits, static_cast<std::size_t>(end - digits)}, true);
}

void walker::put(building& into, std::string_view text, bool quoted) {
    if (build_.size() - into.start + text.size() > limits::max_text && build_.size() != into.start) {
        out_->truncated = true;
        return;
    }
    into.open = into.open || quoted || !text.empty();
    into.quoted = into.quoted || quoted;
    if (into.how == building::mode::pattern && quoted) {
        for (auto const c : text) {
            if (is(c, letter_patterns) || c == '\\')
                build_ += '\\';
            build_ += c;
        }
        return;
    }
    if (!quoted && !into.glob && into.how == building::mode::words)
        into.glob = text.find_first_of("*?[") != std::string_view::npos;
    build_ += text;
}

void walker::put_unknown(building& into, std::string_view typed) {
    if (build_.size() - into.start + typed.size() > limits::max_text && build_.size() != into.start) {
        out_->truncated = true;
        return;
    }
    into.open = true;
    into.marked = true;
    append_unknown(build_, typed);
}

/// Nested values grow exponentially (`a=$a$a`); one past the budget stays as typed.
void walker::put_value(part const& piece, std::string_view text, building& into) {
    if (!budget_.spend_value(text.size())) {
        put_unknown(into, piece.typed);
        return;
    }
    auto const quoted = piece.quoted;
    if (is_marked(text)) {
        into.marked = true;
        if (has_two_readings(text) && !quoted && text.front() == mark && end_of_mark(text, 0) == text.size()) {
            // The word may expand to nothing; then it is dropped.
            into.open = true;
            build_ += text;
            return;
        }
    }
    if (quoted || into.how != building::mode::words)
        put(into, text, quoted);
    else
        put_split(into, text);
}

void walker::put_split(building& into, std::string_view text) {
    std::string_view separators = " \t\n";
    if (auto const* const own = variables_.find("IFS"); own != nullptr && own->is_set)
        separators = own->value.substr(0, limits::max_separators);
    std::size_t from = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == mark) {
            at = end_of_mark(text, at);
            continue;
        }
        if (separators.find(text[at]) == std::string_view::npos) {
            ++at;
            continue;
        }
        put(into, text.substr(from, at - from), false);
        auto const blank = text[at] == ' ' || text[at] == '\t' || text[at] == '\n';
        if (!blank)
            into.open = true;
        auto const was_marked = into.marked;
        close_field(into);
        into.marked = was_marked;
        from = ++at;
    }
    put(into, text.substr(from), false);
}

std::string_view walker::copied(std::string_view text) {
    if (again_ != 0)
        budget_.charge_copy(text.size());
    return arena_->copy(text);
}

void walker::close_field(building& into) {
    if (into.open) {
        field made;
        auto const text = std::string_view(build_).substr(into.start);
        made.text = copied(text);
        made.quoted = into.quoted;
        made.glob = into.glob;
        made.marked = into.marked && is_marked(text);
        if (fields_.size() < limits::max_words)
            fields_.push_back(made);
        else
            out_->truncated = true;
    }
    build_.resize(into.start);
    into.open = false;
    into.quoted = false;
    into.glob = false;
    into.marked = false;
}

} // namespace rulehost::shell
