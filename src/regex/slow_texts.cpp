#include "regex/slow_texts.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_depth = 100;
constexpr std::size_t max_sample_length = 2048;
constexpr std::size_t max_alternatives = 4; ///< of a choice that are tried
constexpr std::size_t worth_repeating = 8;  ///< a repeat with a lower maximum makes nothing slow

/// Simplified syntax tree of an expression.
struct piece {
    enum class sort { text, sequence, choice, repeat };

    sort what = sort::text;
    std::string text;
    std::vector<piece> parts; ///< exactly one for a repeat
    std::size_t least = 0;
    std::optional<std::size_t> most;
};

/// Parser of the syntax that `required_literals` reads, but less exact: an unknown element counts as the letter a.
class reader {
public:
    explicit reader(std::string_view expression) : text_(expression) {}

    piece run() { return choice(); }

private:
    bool at_end() const { return at_ >= text_.size(); }
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    bool accept(std::string_view expected) {
        if (at_end() || !text_.substr(at_).starts_with(expected))
            return false;
        at_ += expected.size();
        return true;
    }

    piece choice() {
        piece made;
        made.what = piece::sort::choice;
        made.parts.push_back(sequence());
        while (accept("|"))
            made.parts.push_back(sequence());
        if (made.parts.size() == 1)
            return std::move(made.parts.front());
        return made;
    }

    piece sequence() {
        piece made;
        made.what = piece::sort::sequence;
        while (!at_end() && peek() != '|' && peek() != ')')
            made.parts.push_back(repeated(atom()));
        return made;
    }

    piece atom() {
        if (accept("("))
            return group();
        if (accept("["))
            return literal(set());
        if (accept("\\"))
            return literal(escape());
        if (accept("."))
            return literal("x");
        if (accept("^") || accept("$"))
            return literal("");
        return literal(std::string{text_[at_++]});
    }

    piece group() {
        bool looks_elsewhere = false;
        if (accept("?")) {
            looks_elsewhere = peek() == '=' || peek() == '!' || (peek() == '<' && (peek(1) == '=' || peek(1) == '!'));
            if (accept("#")) {
                skip_past(')');
                return literal("");
            }
            if (accept("P<") || (peek() == '<' && !looks_elsewhere))
                skip_past('>');
            else if (looks_elsewhere)
                at_ += peek() == '<' ? std::size_t{2} : std::size_t{1};
            else
                while (!at_end() && peek() != ')' && text_[at_++] != ':' && text_[at_ - 1] != '>') {}
        } else if (accept("*")) {
            skip_past(')');
            return literal("");
        }
        piece inside;
        if (++depth_ < max_depth)
            inside = choice();
        else
            at_ = text_.size();
        --depth_;
        accept(")");
        return looks_elsewhere ? literal("") : std::move(inside);
    }

    void skip_past(char end) {
        while (!at_end() && text_[at_++] != end) {}
    }

    static piece literal(std::string text) {
        piece made;
        made.text = std::move(text);
        return made;
    }

    /// One character that the escape matches.
    std::string escape() {
        auto const c = peek();
        ++at_;
        switch (c) {
        case 'b':
        case 'B':
        case 'A':
        case 'Z':
        case 'z':
        case 'G':
            return "";
        case 's':
        case 'h':
            return " ";
        case 'd':
            return "0";
        case 'w':
        case 'S':
        case 'D':
        case 'N':
            return "a";
        case 'W':
            return "-";
        case 'n':
            return "\n";
        case 't':
            return "\t";
        case 'r':
            return "\r";
        case 'p':
        case 'P':
        case 'k':
        case 'g':
            if (accept("{"))
                skip_past('}');
            return "a";
        case 'x':
            return hexadecimal();
        default:
            return std::string{c >= '1' && c <= '9' ? 'a' : c};
        }
    }

    std::string hexadecimal() {
        bool const braces = accept("{");
        unsigned value = 0;
        for (int digits = 0; digits < (braces ? 8 : 2); ++digits, ++at_) {
            auto const c = peek();
            auto const lower = static_cast<char>(c | 0x20);
            if (c >= '0' && c <= '9')
                value = value * 16 + static_cast<unsigned>(c - '0');
            else if (lower >= 'a' && lower <= 'f')
                value = value * 16 + static_cast<unsigned>(lower - 'a' + 10);
            else
                break;
        }
        if (braces)
            accept("}");
        return std::string{value < 0x80 ? static_cast<char>(value) : 'a'};
    }

    /// One character of the set; for a negated set, one that it probably does not exclude.
    std::string set() {
        bool const negated = accept("^");
        std::string members;
        for (bool first = true; !at_end() && (first || peek() != ']'); first = false) {
            if (accept("[:")) {
                skip_past(']');
                members += "a0 -";
            } else if (accept("\\")) {
                members += peek() == 'b' ? (++at_, "\b") : escape();
            } else {
                auto const c = text_[at_++];
                if (c == '-' && !members.empty() && peek() != ']' && negated)
                    for (auto between = static_cast<unsigned char>(members.back());
                         between < static_cast<unsigned char>(peek());)
                        members += static_cast<char>(++between);
                else
                    members += c;
            }
        }
        accept("]");
        if (!negated)
            return members.empty() ? "a" : members.substr(0, 1);
        for (char const candidate : {'x', '0', ' ', '/', '.', '-', ';', '~'})
            if (members.find(candidate) == std::string::npos)
                return std::string{candidate};
        return "a";
    }

    piece repeated(piece once) {
        while (!at_end()) {
            piece made;
            made.what = piece::sort::repeat;
            if (accept("*"))
                made.least = 0;
            else if (accept("+"))
                made.least = 1;
            else if (accept("?"))
                made.most = 1;
            else if (!counted(made))
                break;
            if (!accept("?"))
                accept("+");
            made.parts.push_back(std::move(once));
            once = std::move(made);
        }
        return once;
    }

    bool counted(piece& made) {
        auto const end = text_.find('}', at_);
        if (peek() != '{' || end == std::string_view::npos)
            return false;
        auto const inside = text_.substr(at_ + 1, end - at_ - 1);
        if (inside.empty() || inside.find_first_not_of("0123456789,") != std::string_view::npos)
            return false;
        auto const number = [](std::string_view digits) {
            std::size_t value = 0;
            for (char const c : digits.substr(0, 6))
                value = value * 10 + static_cast<std::size_t>(c - '0');
            return value;
        };
        auto const comma = inside.find(',');
        made.least = number(inside.substr(0, comma));
        if (comma == std::string_view::npos)
            made.most = made.least;
        else if (comma + 1 != inside.size())
            made.most = number(inside.substr(comma + 1));
        at_ = end + 1;
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
};

/// Appends a short text that `from` matches, with the alternative number `chosen` (or the last) of each choice.
void append_sample(piece const& from, std::size_t chosen, std::string& to) {
    if (to.size() > max_sample_length)
        return;
    switch (from.what) {
    case piece::sort::text:
        to += from.text;
        break;
    case piece::sort::sequence:
        for (auto const& part : from.parts)
            append_sample(part, chosen, to);
        break;
    case piece::sort::choice:
        append_sample(from.parts[std::min(chosen, from.parts.size() - 1)], chosen, to);
        break;
    case piece::sort::repeat:
        for (std::size_t i = 0; i != std::min<std::size_t>(from.least, 64); ++i)
            append_sample(from.parts.front(), chosen, to);
        break;
    }
}

std::string sample(piece const& from, std::size_t chosen) {
    std::string made;
    append_sample(from, chosen, made);
    return made;
}

class text_maker {
public:
    explicit text_maker(std::size_t size) : size_(size) {}

    void go_through(piece const& whole) {
        for (std::size_t chosen = 0; chosen != max_alternatives; ++chosen)
            visit(whole, {}, chosen);
        for (std::string_view const one : {"a", " ", "0", "/", "\\", "\"", "$"})
            add({}, one);
    }

    std::vector<std::string> take() { return std::move(texts_); }

private:
    /// `before`: the text before `at` in a match.
    void visit(piece const& at, std::string before, std::size_t chosen) {
        if (++depth_ > max_depth || texts_.size() >= max_slow_texts) {
            --depth_;
            return;
        }
        switch (at.what) {
        case piece::sort::text:
            break;
        case piece::sort::sequence:
            for (auto const& part : at.parts) {
                visit(part, before, chosen);
                auto const whole_before = before.size();
                append_sample(part, chosen, before);
                // The prefix many times, without the rest.
                if (before.size() != whole_before && &part != &at.parts.back()) {
                    add({}, before);
                    add({}, before + " ");
                }
            }
            break;
        case piece::sort::choice:
            visit(at.parts[std::min(chosen, at.parts.size() - 1)], before, chosen);
            break;
        case piece::sort::repeat:
            if (!at.most || *at.most >= worth_repeating) {
                auto const once = sample(at.parts.front(), chosen);
                add(before, once);
                if (!before.empty())
                    add({}, before + once);
            }
            visit(at.parts.front(), std::move(before), chosen);
            break;
        }
        --depth_;
    }

    void add(std::string_view before, std::string_view again) {
        if (again.empty() || texts_.size() >= max_slow_texts)
            return;
        std::string text{before.substr(0, size_ / 2)};
        text.reserve(size_);
        while (text.size() + again.size() < size_)
            text += again;
        // An end that matches nothing makes the search backtrack over everything.
        text += '\x01';
        if (std::ranges::find(texts_, text) == texts_.end())
            texts_.push_back(std::move(text));
    }

    std::size_t size_;
    std::size_t depth_ = 0;
    std::vector<std::string> texts_;
};

} // namespace

std::vector<std::string> slow_texts(std::string_view expression, std::size_t size) {
    text_maker maker{size};
    maker.go_through(reader{expression}.run());
    return maker.take();
}

} // namespace rulehost
