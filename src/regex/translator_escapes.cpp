#include "regex/python_translator.hpp"

#include "regex/letters.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace rulehost {

namespace {

std::string code_point(std::uint32_t value) {
    char digits[8];
    auto const end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
    return "\\x{" + std::string(digits, end) + "}";
}

// Python's \s also holds the four separators U+001C..U+001F.
constexpr std::string_view more_spaces = "\\x{1c}-\\x{1f}";

} // namespace

std::uint32_t python_translator::hex_digits(std::size_t count) {
    std::uint32_t value = 0;
    auto const digits = text_.substr(at_, count);
    if (digits.size() < count || !std::ranges::all_of(digits, is_hex))
        fail("incomplete escape: exactly " + std::to_string(count) + " hexadecimal digits must follow");
    std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    at_ += count;
    if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        fail("there is no such character");
    return value;
}

std::uint32_t python_translator::octal_digits(std::size_t most) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < most && is_octal(peek()); ++i, ++at_)
        value = value * 8 + static_cast<std::uint32_t>(peek() - '0');
    if (value > 0377)
        fail("an octal escape goes up to \\377");
    return value;
}

std::string python_translator::character_escape(char c) {
    switch (c) {
    case 'a':
        return code_point(7);
    case 'f':
        return code_point('\f');
    case 'n':
        return code_point('\n');
    case 'r':
        return code_point('\r');
    case 't':
        return code_point('\t');
    case 'v':
        return code_point('\v');
    case 'x':
        return code_point(hex_digits(2));
    case 'u':
        return code_point(hex_digits(4));
    case 'U':
        return code_point(hex_digits(8));
    case '0':
        return code_point(octal_digits(2));
    default:
        break;
    }
    if (is_letter(c) || is_digit(c))
        return {};
    if (!is_ascii(c)) {
        --at_; // reads all bytes of the character
        auto end = at_ + 1;
        while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80)
            ++end;
        std::string itself(text_.substr(at_, end - at_));
        at_ = end;
        return itself;
    }
    return code_point(static_cast<unsigned char>(c));
}

void python_translator::bad_escape(char c) const {
    fail(std::string("bad escape \\") + c + ": there is no such escape in Python's re");
}

char python_translator::escaped_character() {
    ++at_;
    if (at_end())
        fail("a backslash at the end escapes nothing");
    return text_[at_++];
}

void python_translator::escape() {
    auto const c = escaped_character();
    switch (c) {
    case 'A':
        return start_of_text("\\A", syntax_node::type::text_begins);
    case 'b':
        return position("\\b", syntax_node::type::word_edge);
    case 'B':
        return position("\\B", syntax_node::type::no_word_edge);
    case 'Z':
        return position("\\z", syntax_node::type::text_ends);
    case 'd':
    case 'D':
    case 'w':
    case 'W':
        return single(std::string{'\\', c}, kinds_of_class(c));
    case 's':
        return single("[\\s" + std::string(more_spaces) + "]", kinds_of_class(c));
    case 'S':
        return single("[^\\s" + std::string(more_spaces) + "]", kinds_of_class(c));
    default:
        break;
    }
    if (c >= '1' && c <= '9') {
        if (is_octal(c) && is_octal(peek()) && is_octal(peek(1))) {
            --at_;
            return character(code_point(octal_digits(3)));
        }
        auto number = static_cast<std::size_t>(c - '0');
        if (is_digit(peek()))
            number = number * 10 + static_cast<std::size_t>(text_[at_++] - '0');
        return reference(number);
    }
    auto const text = character_escape(c);
    if (text.empty())
        bad_escape(c);
    character(text);
}

void python_translator::reference(std::size_t number) {
    no_tree("it refers back to a group");
    refuse_numbers();
    if (number > captures_)
        fail("invalid group reference " + std::to_string(number));
    if (std::ranges::find(groups_, number, &group::number) != groups_.end())
        fail("cannot refer to an open group");
    begin_atom(atom::group);
    callout(backreference);
    emit("\\g{" + std::to_string(number) + "}");
}

void python_translator::character_class() {
    begin_atom(atom::single);
    auto const opened = at_;
    emit("[");
    ++at_;
    bool const is_complement = accept("^");
    if (is_complement)
        emit("^");
    auto const content = out_.size();
    class_members members;
    for (bool first = true;; first = false) {
        token_ = at_;
        if (at_end())
            fail("unterminated character class", opened);
        auto const c = text_[at_];
        if (c == ']' && !first) {
            ++at_;
            emit("]");
            if (spells_out_cases())
                insert(content, members.others());
            auto const set = kinds_of(members);
            return add_node({.is = syntax_node::type::characters, .set = is_complement ? complement(set) : set});
        }
        if (c == '\\') {
            class_escape(members);
            continue;
        }
        if (c == '[')
            refuse_posix_class();
        if (c == '-')
            members.add_dash();
        else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80)
            members.add(first_character(text_.substr(at_)));
        ++at_;
        emit(c == '[' || c == ']' || (c == '-' && first) ? std::string{'\\', c} : std::string(1, c));
    }
}

kind_set python_translator::kinds_of(class_members const& members) {
    if (members.names_other_than_ascii())
        no_tree("it names a character that is not ASCII");
    return members.kinds(modes_.ignore_case);
}

void python_translator::refuse_posix_class() const {
    auto end = at_ + 2;
    if (peek(1) != ':')
        return;
    while (end < text_.size() && (is_letter(text_[end]) || text_[end] == '^'))
        ++end;
    if (text_.substr(end).starts_with(":]"))
        fail("Python's re has no " + std::string(text_.substr(at_, end + 2 - at_)) + "; write the range, such as a-z");
}

void python_translator::class_escape(class_members& members) {
    auto const c = escaped_character();
    switch (c) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
        members.add_several(kinds_of_class(c));
        return emit(std::string{'\\', c});
    case 's':
        members.add_several(kinds_of_class(c));
        return emit("\\s" + std::string(more_spaces));
    case 'S':
        members.add_several(kinds_of_class(c));
        return no_spaces();
    default:
        break;
    }
    auto const text = c == 'b' ? code_point(8) : is_octal(c) ? octal_escape() : character_escape(c);
    if (text.empty())
        bad_escape(c);
    members.add(first_character(text));
    emit(text);
}

std::string python_translator::octal_escape() {
    --at_;
    return code_point(octal_digits(3));
}

void python_translator::no_spaces() {
    if (meant_ == characters::as_pcre)
        return emit("\\S");
    emit(ascii_no_spaces);
    if (meant_ == characters::unicode)
        emit(other_no_spaces);
}

} // namespace rulehost
