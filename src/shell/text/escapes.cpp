#include "shell/text/escapes.hpp"

#include "shell/text/letters.hpp"

namespace rulehost::shell {

namespace {

std::size_t write_utf8(std::uint32_t code, char* out) {
    auto const byte = [](std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
    if (code < 0x80) {
        out[0] = byte(code);
        return 1;
    }
    if (code < 0x800) {
        out[0] = byte(0xc0 | (code >> 6));
        out[1] = byte(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = byte(0xe0 | (code >> 12));
        out[1] = byte(0x80 | ((code >> 6) & 0x3f));
        out[2] = byte(0x80 | (code & 0x3f));
        return 3;
    }
    if (code > 0x10ffff)
        return 0;
    out[0] = byte(0xf0 | (code >> 18));
    out[1] = byte(0x80 | ((code >> 12) & 0x3f));
    out[2] = byte(0x80 | ((code >> 6) & 0x3f));
    out[3] = byte(0x80 | (code & 0x3f));
    return 4;
}

char simple_escape(char c) {
    switch (c) {
    case 'a':
        return '\a';
    case 'b':
        return '\b';
    case 'e':
    case 'E':
        return '\033';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    case '\\':
        return '\\';
    default:
        return 0;
    }
}

} // namespace

std::size_t decode_escapes(std::string_view text, escape_style style, char* out) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out[size++] = text[i];
            continue;
        }
        auto const c = text[++i];
        if (auto const plain = simple_escape(c); plain != 0) {
            out[size++] = plain;
        } else if (c == 'x' || c == 'u' || c == 'U') {
            std::size_t const most = c == 'x' ? 2 : c == 'u' ? 4 : 8;
            std::uint32_t code = 0;
            std::size_t digits = 0;
            for (; digits < most && i + 1 < text.size() && hex_value(text[i + 1]) >= 0; ++digits)
                code = code * 16 + static_cast<std::uint32_t>(hex_value(text[++i]));
            if (digits == 0) {
                out[size++] = '\\';
                out[size++] = c;
            } else if (c == 'x') {
                if (code != 0)
                    out[size++] = static_cast<char>(static_cast<unsigned char>(code));
            } else if (code != 0) {
                size += write_utf8(code, out + size);
            }
        } else if (c >= '0' && c <= '7') {
            std::size_t most = style == escape_style::echo && c == '0' ? 4 : 3;
            std::uint32_t code = 0;
            for (--i; most > 0 && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '7'; --most)
                code = code * 8 + static_cast<std::uint32_t>(text[++i] - '0');
            if ((code & 0xff) != 0)
                out[size++] = static_cast<char>(static_cast<unsigned char>(code));
        } else if (c == 'c' && style == escape_style::echo) {
            return size;
        } else if (c == 'c' && style == escape_style::ansi && i + 1 < text.size()) {
            if (auto const control = static_cast<char>(text[++i] & 0x1f); control != 0)
                out[size++] = control;
        } else if ((c == '\'' || c == '"' || c == '?') && style != escape_style::echo) {
            out[size++] = c;
        } else {
            out[size++] = '\\';
            out[size++] = c;
        }
    }
    return size;
}

} // namespace rulehost::shell
