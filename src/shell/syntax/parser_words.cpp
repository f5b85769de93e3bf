#include "shell/syntax/parser.hpp"
#include "shell/text/escapes.hpp"
#include "shell/text/letters.hpp"
#include "shell/text/limits.hpp"

#include <algorithm>
#include <cstring>

namespace rulehost::shell {

index parser::word() {
    auto const made = static_cast<index>(tree_->words.size());
    auto const* const start = at_;
    auto const* const end = end_;
    auto const* stop = start;
    unsigned seen = 0;
    unsigned what = letter_ends_word;
    for (; stop != end; ++stop) {
        what = letters[static_cast<unsigned char>(*stop)];
        if ((what & letter_special) != 0)
            break;
        seen |= what;
    }
    at_ = stop;
    auto& it = tree_->words.emplace_back();
    if (stop == end || ((what & letter_ends_word) != 0 && stop != start)) {
        it.typed = text(start, stop);
        it.equals = (seen & letter_equals) != 0;
    } else {
        slow_word(made, start);
    }
    return made;
}

void parser::add(chain& to, part const& piece) {
    tree_->parts.push_back(piece);
    auto const made = static_cast<index>(tree_->parts.size() - 1);
    if (to.head == none)
        to.head = made;
    else
        tree_->parts[to.tail].next = made;
    to.tail = made;
}

void parser::add_text(chain& to, char const* from, char const* till, bool quoted) {
    if (from == till && !quoted)
        return;
    part piece;
    piece.quoted = quoted;
    piece.text = piece.typed = text(from, till);
    add(to, piece);
}

void parser::slow_word(index made, char const* start) {
    chain pieces;
    raw_word it;
    auto const* from = start;
    auto const flush = [&] { add_text(pieces, from, at_, false); };
    while (at_ != end_) {
        auto const c = *at_;
        auto const what = letters[static_cast<unsigned char>(c)];
        if ((what & letter_ends_word) != 0) {
            if ((c != '<' && c != '>') || at_ != start || ahead(1) != '(')
                break;
            part piece;
            piece.what = c == '<' ? part::kind::input_of : part::kind::output_to;
            at_ += 2;
            piece.inner = substituted(close_parenthesis);
            piece.typed = text(start, at_);
            add(pieces, piece);
            from = at_;
            continue;
        }
        if ((what & letter_quotes) == 0) {
            it.glob = it.glob || (what & letter_patterns) != 0;
            it.brace = it.brace || (what & letter_brace) != 0;
            ++at_;
            continue;
        }
        flush();
        switch (c) {
        case '\\':
            if (ahead(1) == '\n') {
                at_ += 2;
            } else if (ahead(1) == '\0') {
                add_text(pieces, at_, at_ + 1, true);
                ++at_;
            } else {
                it.quoted = true;
                add_text(pieces, at_ + 1, at_ + 2, true);
                at_ += 2;
            }
            break;
        case '\'': {
            it.quoted = true;
            auto const* const first = ++at_;
            auto const* const stop =
                static_cast<char const*>(std::memchr(at_, '\'', static_cast<std::size_t>(end_ - at_)));
            at_ = stop != nullptr ? stop : end_;
            add_text(pieces, first, at_, true);
            if (at_ != end_)
                ++at_;
            break;
        }
        case '"':
            it.quoted = true;
            double_quoted(pieces);
            break;
        case '$':
            if (ahead(1) == '\'' || ahead(1) == '"')
                it.quoted = true;
            dollar(pieces, false);
            break;
        default:
            backtick(pieces, false);
            break;
        }
        from = at_;
        if (tree_->parts.size() - first_part_ >= limits::max_parts) {
            stop_here();
            break;
        }
    }
    flush();
    it.typed = text(start, at_);
    it.parts = pieces.head;
    it.plain = false;
    tree_->words[made] = it;
}

index parser::one_word(std::string_view all) {
    auto const around = enter(all);
    auto const pending = first_pending_;
    first_pending_ = pending_.size();
    ++inside_;
    chain pieces;
    quoted_text(pieces, '\0');
    --inside_;
    pending_.shrink(first_pending_);
    first_pending_ = pending;
    leave(around);
    return pieces.head;
}

index parser::word_again(std::string_view all) {
    auto const around = enter(all);
    ++inside_;
    auto const made = word();
    --inside_;
    leave(around);
    return made;
}

void parser::double_quoted(chain& to) {
    ++at_;
    add_text(to, at_, at_, true); // so that "" is a word
    quoted_text(to, '"');
    if (ahead() == '"')
        ++at_;
}

/// Text inside double quotes, up to `stop`; '\0': to the end, and quotes are ordinary characters.
void parser::quoted_text(chain& to, char stop) {
    auto const* from = at_;
    while (at_ != end_) {
        auto const c = *at_;
        if (!is(c, letter_in_quotes)) {
            ++at_;
            continue;
        }
        if (c == '"') {
            if (stop == '"')
                break;
            ++at_;
            continue;
        }
        if (c == '\\') {
            auto const next = ahead(1);
            if (next == '\n' || next == '$' || next == '`' || next == '\\' || (next == '"' && stop == '"')) {
                if (from != at_)
                    add_text(to, from, at_, true);
                from = next == '\n' ? at_ + 2 : at_ + 1;
                at_ += 2;
            } else {
                ++at_;
            }
            if (tree_->parts.size() - first_part_ >= limits::max_parts) {
                stop_here();
                break;
            }
            continue;
        }
        if (from != at_)
            add_text(to, from, at_, true);
        if (c == '$')
            dollar(to, true);
        else
            backtick(to, true);
        from = at_;
        if (tree_->parts.size() - first_part_ >= limits::max_parts) {
            stop_here();
            break;
        }
    }
    if (from != at_)
        add_text(to, from, at_, true);
}

void parser::ansi_quoted(chain& to) {
    at_ += 2;
    auto const* const start = at_;
    while (at_ != end_ && *at_ != '\'')
        at_ += *at_ == '\\' && end_ - at_ > 1 ? 2 : 1;
    auto const inside = text(start, at_);
    if (at_ != end_)
        ++at_;
    part piece;
    piece.quoted = true;
    piece.text = inside;
    piece.typed = text(start - 2, at_);
    if (inside.find('\\') != std::string_view::npos) {
        auto* const out = arena_->take(inside.size() + 4);
        piece.text = {out, decode_escapes(inside, escape_style::ansi, out)};
    }
    add(to, piece);
}

void parser::dollar(chain& to, bool quoted) {
    auto const* const start = at_;
    auto const next = ahead(1);
    switch (next) {
    case '\'':
        if (!quoted) {
            ansi_quoted(to);
            return;
        }
        break;
    case '"':
        if (!quoted) {
            ++at_;
            double_quoted(to);
            return;
        }
        break;
    case '(': {
        if (ahead(2) == '(' && is_arithmetic(at_ + 3)) {
            at_ += 3;
            arithmetic(to, quoted, start, false);
            return;
        }
        part piece;
        piece.what = part::kind::command;
        piece.quoted = quoted;
        at_ += 2;
        piece.inner = substituted(close_parenthesis);
        piece.typed = text(start, at_);
        add(to, piece);
        return;
    }
    case '[':
        at_ += 2;
        arithmetic(to, quoted, start, true);
        return;
    case '{':
        braced_parameter(to, quoted);
        return;
    default:
        break;
    }
    if (starts_name(next) || is(next, letter_digit) || (next != '\0' && std::strchr("@*#?$!-", next) != nullptr)) {
        parameter(to, quoted);
        return;
    }
    add_text(to, at_, at_ + 1, quoted);
    ++at_;
}

index parser::substituted(unsigned until) {
    if (depth_ >= limits::max_nesting) {
        stop_here();
        return none;
    }
    ++depth_;
    auto const pending = first_pending_;
    first_pending_ = pending_.size();
    auto const made = list(until);
    first_pending_ = pending;
    --depth_;
    if (ahead() == ')')
        ++at_;
    return made;
}

void parser::backtick(chain& to, bool quoted) {
    auto const* const start = at_++;
    bool escaped = false;
    while (at_ != end_ && *at_ != '`') {
        if (*at_ == '\\' && end_ - at_ > 1) {
            escaped = true;
            ++at_;
        }
        ++at_;
    }
    auto inside = text(start + 1, at_);
    if (at_ != end_)
        ++at_;
    if (escaped) {
        auto* const out = arena_->take(inside.size());
        std::size_t size = 0;
        for (std::size_t i = 0; i < inside.size(); ++i) {
            if (inside[i] == '\\' && i + 1 < inside.size() &&
                (inside[i + 1] == '`' || inside[i + 1] == '$' || inside[i + 1] == '\\' ||
                 (quoted && inside[i + 1] == '"')))
                ++i;
            out[size++] = inside[i];
        }
        inside = {out, size};
    }
    part piece;
    piece.what = part::kind::command;
    piece.quoted = quoted;
    piece.typed = text(start, at_);
    if (depth_ < limits::max_nesting) {
        ++depth_;
        piece.inner = nested(inside);
        --depth_;
    } else {
        leftovers.push_back(inside);
    }
    add(to, piece);
}

} // namespace rulehost::shell
