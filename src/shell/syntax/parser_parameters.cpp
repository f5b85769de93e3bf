#include "shell/syntax/parser.hpp"
#include "shell/text/letters.hpp"
#include "shell/text/limits.hpp"

#include <algorithm>

namespace rulehost::shell {

void parser::parameter(chain& to, bool quoted) {
    auto const* const start = at_++;
    auto const* const name = at_;
    if (starts_name(*at_))
        while (at_ != end_ && is(*at_, letter_name))
            ++at_;
    else
        ++at_;
    part piece;
    piece.what = part::kind::parameter;
    piece.quoted = quoted;
    piece.text = text(name, at_);
    piece.typed = text(start, at_);
    add(to, piece);
}

void parser::braced_parameter(chain& to, bool quoted) {
    using operation = part::operation;
    auto const* const start = at_;
    at_ += 2;
    part piece;
    piece.what = part::kind::parameter;
    piece.quoted = quoted;
    piece.braced = true;
    if (ahead() == '#' && ahead(1) != '}' && ahead(1) != ':' && ahead(1) != '#' && ahead(1) != '%') {
        piece.op = operation::length;
        ++at_;
    } else if (ahead() == '!' && ahead(1) != '}') {
        piece.op = operation::indirect;
        ++at_;
    }
    auto const* const name = at_;
    if (starts_name(ahead()))
        while (at_ != end_ && is(*at_, letter_name))
            ++at_;
    else if (is(ahead(), letter_digit))
        while (at_ != end_ && is(*at_, letter_digit))
            ++at_;
    else if (!at_end() && *at_ != '}')
        ++at_;
    piece.text = text(name, at_);
    if (ahead() == '[') {
        piece.subscript = ahead(1) == '@' || ahead(1) == '*' ? ahead(1) : 'i';
        ++at_;
        piece.inner2 = operand(']', true);
        if (ahead() == ']')
            ++at_;
    }
    if (ahead() == ':' && (ahead(1) == '-' || ahead(1) == '=' || ahead(1) == '+' || ahead(1) == '?')) {
        piece.colon = true;
        ++at_;
    }
    auto const twice = [this](char c) {
        auto const is_twice = ahead() == c;
        if (is_twice)
            ++at_;
        return is_twice;
    };
    if (!at_end() && *at_ != '}') {
        auto const op = *at_++;
        switch (op) {
        case '-':
            piece.op = operation::fallback;
            break;
        case '=':
            piece.op = operation::assign;
            break;
        case '+':
            piece.op = operation::alternative;
            break;
        case '?':
            piece.op = operation::error;
            break;
        case '#':
            piece.op = twice('#') ? operation::cut_front_all : operation::cut_front;
            break;
        case '%':
            piece.op = twice('%') ? operation::cut_back_all : operation::cut_back;
            break;
        case '^':
            piece.op = twice('^') ? operation::upper : operation::upper_first;
            break;
        case ',':
            piece.op = twice(',') ? operation::lower : operation::lower_first;
            break;
        case '/':
            piece.op = twice('/') ? operation::replace_all : operation::replace;
            piece.inner = operand('/', quoted);
            if (ahead() == '/') {
                ++at_;
                piece.inner2 = operand('}', quoted);
            }
            break;
        case ':':
            piece.op = operation::substring;
            piece.inner = operand(':', quoted);
            if (ahead() == ':') {
                ++at_;
                piece.inner2 = operand('}', quoted);
            }
            break;
        default:
            break;
        }
        if (op != '/' && op != ':')
            piece.inner = operand('}', quoted);
    }
    if (ahead() == '}')
        ++at_;
    piece.typed = text(start, at_);
    add(to, piece);
}

/// The parts of an operand of `${ }`, up to `stop` or the brace that closes.
index parser::operand(char stop, bool quoted) {
    if (depth_ >= limits::max_nesting) {
        stop_here();
        return none;
    }
    ++depth_;
    chain pieces;
    auto const* from = at_;
    while (!at_end() && *at_ != stop && (*at_ != '}' || stop == ']')) {
        auto const c = *at_;
        if (c != '\\' && c != '$' && c != '`' && c != '"' && (c != '\'' || quoted)) {
            ++at_;
            continue;
        }
        add_text(pieces, from, at_, false);
        if (c == '\\') {
            if (ahead(1) == '\n') {
                at_ += 2;
            } else if (end_ - at_ > 1) {
                add_text(pieces, at_ + 1, at_ + 2, true);
                at_ += 2;
            } else {
                ++at_;
            }
        } else if (c == '$') {
            dollar(pieces, quoted);
        } else if (c == '`') {
            backtick(pieces, quoted);
        } else if (c == '"') {
            double_quoted(pieces);
        } else {
            auto const* const first = ++at_;
            while (!at_end() && *at_ != '\'')
                ++at_;
            add_text(pieces, first, at_, true);
            if (!at_end())
                ++at_;
        }
        from = at_;
        if (tree_->parts.size() - first_part_ >= limits::max_parts) {
            stop_here();
            break;
        }
    }
    add_text(pieces, from, at_, false);
    --depth_;
    return pieces.head;
}

/// `at_` is behind `$((`, `((` or `$[`, which starts at `typed`.
void parser::arithmetic(chain& to, bool quoted, char const* typed, bool brackets) {
    part piece;
    piece.what = part::kind::arithmetic;
    piece.quoted = quoted;
    if (depth_ >= limits::max_nesting) {
        stop_here();
        return;
    }
    ++depth_;
    chain pieces;
    auto const* from = at_;
    std::size_t open = 0;
    while (!at_end()) {
        auto const c = *at_;
        if (c == (brackets ? '[' : '(')) {
            ++open;
        } else if (c == (brackets ? ']' : ')')) {
            if (open == 0)
                break;
            --open;
        } else if (c == '$' || c == '`') {
            add_text(pieces, from, at_, true);
            if (c == '$')
                dollar(pieces, true);
            else
                backtick(pieces, true);
            from = at_;
            if (tree_->parts.size() - first_part_ >= limits::max_parts) {
                stop_here();
                break;
            }
            continue;
        } else if (brackets && (c == '\n' || c == ';')) {
            break;
        }
        ++at_;
    }
    add_text(pieces, from, at_, true);
    if (ahead() == ')' && !brackets)
        at_ += ahead(1) == ')' ? 2 : 1;
    else if (ahead() == ']' && brackets)
        ++at_;
    --depth_;
    piece.inner = pieces.head;
    piece.typed = text(typed, at_);
    add(to, piece);
}

/// Whether the `((` in front of `from` is closed by `))`, as opposed to two subshells. Examines each byte once.
bool parser::is_arithmetic(char const* from) {
    if (from < no_arithmetic_before_ && from >= no_arithmetic_before_ - 4096)
        return false;
    constexpr std::ptrdiff_t far = 1024;
    std::size_t open = 2;
    auto const has_credit = looked_ < 16 * static_cast<std::size_t>(far) + 2 * read_bytes();
    for (auto const* place = from; has_credit && place != end_ && place - from < far; ++place, ++looked_) {
        if (*place == '(') {
            ++open;
        } else if (*place == ')') {
            if (--open == 1)
                return place + 1 != end_ && place[1] == ')';
        }
    }
    no_arithmetic_before_ = from + std::min(far, end_ - from);
    return false;
}

} // namespace rulehost::shell
