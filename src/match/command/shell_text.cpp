#include "match/command/shell_text.hpp"

#include "text/ascii.hpp"
#include "text/base64.hpp"
#include "text/hex.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace rulehost {

namespace {

bool is_word_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

void append_utf8(std::uint32_t code, std::string& out) {
    auto const byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xc0 | (code >> 6));
        byte(0x80 | (code & 0x3f));
    } else {
        byte(0xe0 | ((code >> 12) & 0x0f));
        byte(0x80 | ((code >> 6) & 0x3f));
        byte(0x80 | (code & 0x3f));
    }
}

/// Reads words the way a POSIX shell with bash's extensions does, without running anything.
class unquoter {
public:
    unquoter(std::string_view in, std::string& out) : in_(in), out_(out), word_(out.size()) {}

    void run() {
        while (at_ < in_.size())
            step();
        finish_word();
    }

private:
    char peek(std::size_t ahead) const { return at_ + ahead < in_.size() ? in_[at_ + ahead] : '\0'; }

    void step() {
        char const c = in_[at_];
        if (is_white_space(c)) {
            finish_word();
            out_ += c;
            ++at_;
            word_ = out_.size();
        } else if (c == '\\') {
            escaped();
        } else if (c == '\'') {
            single_quoted();
        } else if (c == '"') {
            double_quoted();
        } else if (c == '$') {
            dollar();
        } else if (c == '{' && out_.size() == word_) {
            braces();
        } else {
            out_ += c;
            ++at_;
        }
    }

    void escaped() {
        if (peek(1) != '\n' && at_ + 1 < in_.size())
            out_ += in_[at_ + 1];
        at_ += 2;
    }

    void single_quoted() {
        for (++at_; at_ < in_.size() && in_[at_] != '\'';) {
            // Between single quotes a backslash does not escape the closing quote.
            if (in_[at_] == '\\' && printing_ == printing::escapes && peek(1) != '\'')
                escape();
            else
                out_ += in_[at_++];
        }
        ++at_;
    }

    void double_quoted() {
        for (++at_; at_ < in_.size() && in_[at_] != '"';) {
            char const c = in_[at_];
            char const next = peek(1);
            if (c == '\\' && next == '\n') {
                at_ += 2;
            } else if (c == '\\' && (next == '"' || next == '\\' || next == '$' || next == '`')) {
                out_ += next;
                at_ += 2;
            } else if (c == '\\' && printing_ == printing::escapes) {
                escape();
            } else if (c == '$' && (is_word_letter(next) || next == '{' || next == '@' || next == '*')) {
                parameter();
            } else {
                out_ += c;
                ++at_;
            }
        }
        ++at_;
    }

    void ansi_quoted() {
        for (at_ += 2; at_ < in_.size() && in_[at_] != '\'';)
            if (in_[at_] == '\\')
                escape();
            else
                out_ += in_[at_++];
        ++at_;
    }

    void dollar() {
        if (peek(1) == '\'')
            ansi_quoted();
        else if (peek(1) == '"')
            ++at_;
        else
            parameter();
    }

    /// `$IFS` is a blank; `$@`, `$*` and `$1`..`$9` are empty in an interactive shell; other names stay.
    void parameter() {
        char const next = peek(1);
        if (next == '@' || next == '*' || (next >= '1' && next <= '9')) {
            at_ += 2;
            return;
        }
        auto const rest = in_.substr(at_);
        if (rest.starts_with("${IFS")) {
            if (auto const end = rest.substr(0, 32).find('}'); end != std::string_view::npos) {
                blank(end + 1);
                return;
            }
        } else if (rest.starts_with("$IFS") && !is_word_letter(peek(4))) {
            blank(4);
            return;
        } else if (rest.starts_with("${@}") || rest.starts_with("${*}")) {
            at_ += 4;
            return;
        }
        out_ += '$';
        ++at_;
    }

    void blank(std::size_t consumed) {
        finish_word();
        out_ += ' ';
        at_ += consumed;
        word_ = out_.size();
    }

    /// `{cat,/etc/passwd}` is two words.
    void braces() {
        auto end = at_ + 1;
        auto separators = 0;
        while (end < in_.size() && in_[end] != '}' && in_[end] != '{' && in_[end] != '\'' && in_[end] != '"' &&
               in_[end] != '$' && !is_white_space(in_[end])) {
            separators += in_[end] == ',';
            ++end;
        }
        bool const spreads = separators > 0 && end < in_.size() && in_[end] == '}' &&
            (end + 1 == in_.size() || !is_word_letter(in_[end + 1]));
        if (spreads) {
            std::replace_copy(in_.begin() + static_cast<std::ptrdiff_t>(at_ + 1),
                              in_.begin() + static_cast<std::ptrdiff_t>(end), std::back_inserter(out_), ',', ' ');
            at_ = end + 1;
        } else {
            out_.append(in_.substr(at_, end - at_));
            at_ = end;
        }
    }

    /// An escape of `$'..'`, `echo -e` or `printf`; an unknown one stays as it is.
    void escape() {
        char const next = peek(1);
        at_ += 2;
        switch (next) {
        case 'x':
            return hexadecimal(2);
        case 'u':
            return hexadecimal(4);
        case 'a':
            out_ += '\a';
            return;
        case 'b':
            out_ += '\b';
            return;
        case 'e':
        case 'E':
            out_ += '\x1b';
            return;
        case 'f':
            out_ += '\f';
            return;
        case 'n':
            out_ += '\n';
            return;
        case 'r':
            out_ += '\r';
            return;
        case 't':
            out_ += '\t';
            return;
        case 'v':
            out_ += '\v';
            return;
        case '\\':
        case '\'':
        case '"':
        case '?':
            out_ += next;
            return;
        default:
            break;
        }
        --at_;
        if (is_octal(next))
            return octal();
        out_ += '\\';
    }

    void hexadecimal(int most) {
        std::uint32_t value = 0;
        int digits = 0;
        for (; digits < most && at_ < in_.size() && hex_value(in_[at_]) >= 0; ++digits, ++at_)
            value = value * 16 + static_cast<std::uint32_t>(hex_value(in_[at_]));
        if (digits == 0)
            out_.append({'\\', in_[at_ - 1]});
        else if (most == 2)
            out_ += static_cast<char>(value);
        else
            append_utf8(value, out_);
    }

    void octal() {
        // echo writes `\0143`, printf and `$'..'` write `\143`.
        int const most = in_[at_] == '0' ? 4 : 3;
        unsigned value = 0;
        for (int digits = 0; digits < most && at_ < in_.size() && is_octal(in_[at_]); ++digits, ++at_)
            value = value * 8 + static_cast<unsigned>(in_[at_] - '0');
        out_ += static_cast<char>(value & 0xff);
    }

    void finish_word() {
        auto const word = std::string_view{out_}.substr(word_);
        if (word.empty())
            return;
        if (printing_ == printing::maybe && word.front() == '-') {
            if (word.find('e') != std::string_view::npos && word.find_first_not_of("-neE") == std::string_view::npos)
                printing_ = printing::escapes;
        } else if (names_command(word, "printf")) {
            printing_ = printing::escapes;
        } else if (printing_ != printing::escapes) {
            printing_ = names_command(word, "echo") ? printing::maybe : printing::nothing;
        }
    }

    /// `printf`, `/usr/bin/printf` and `$(printf`.
    static bool names_command(std::string_view word, std::string_view name) {
        return word.ends_with(name) &&
            (word.size() == name.size() || !is_word_letter(word[word.size() - name.size() - 1]));
    }

    enum class printing { nothing, maybe, escapes };

    std::string_view in_;
    std::string& out_;
    std::size_t at_ = 0;
    std::size_t word_; ///< start of the current word in `out_`
    printing printing_ = printing::nothing;
};

bool is_base64(char c) {
    return is_word_letter(c) ? c != '_' : c == '+' || c == '/' || c == '=';
}

/// Appends the decoded bytes of `token` if they look like text.
void append_base64(std::string_view token, std::string& out) {
    auto const begin = out.size();
    std::uint32_t bits = 0;
    int count = 0;
    std::size_t readable = 0;
    for (char const c : token) {
        if (c == '=')
            break;
        bits = (bits << 6) | static_cast<std::uint32_t>(base64_value(c));
        if ((count += 6) >= 8) {
            count -= 8;
            auto const byte = static_cast<unsigned char>(bits >> count);
            readable += (byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\t' || byte == '\r';
            out += static_cast<char>(byte);
        }
    }
    auto const size = out.size() - begin;
    if (size < 4 || readable * 10 < size * 9)
        out.resize(begin);
}

/// Whether it is a program that runs its input.
bool runs_text(std::string_view word) {
    static constexpr std::array<std::string_view, 14> names{"sh",      "bash", "ash",  "dash",   "zsh",
                                                            "ksh",     "eval", "exec", "source", "python3",
                                                            "python2", "perl", "ruby", "python"};
    return std::ranges::find(names, word) != names.end();
}

} // namespace

bool may_be_obfuscated(std::string_view text) {
    for (char const c : {'\'', '"', '\\', '$', '{'})
        if (text.find(c) != std::string_view::npos)
            return true;
    return text.find("base64") != std::string_view::npos;
}

void append_unquoted(std::string_view command, std::string& out) {
    unquoter{command, out}.run();
}

void append_decoded(std::string_view line, std::size_t room, std::string& out) {
    auto const tool = line.find("base64");
    if (tool == std::string_view::npos)
        return;
    bool decodes = false;
    bool runs = false;
    for (std::size_t at = 0; at < line.size();) {
        if (!is_word_letter(line[at]) && line[at] != '-') {
            ++at;
            continue;
        }
        auto const begin = at;
        while (at < line.size() && (is_word_letter(line[at]) || line[at] == '-'))
            ++at;
        auto const word = line.substr(begin, at - begin);
        bool const is_file_ending = begin > 0 && line[begin - 1] == '.';
        runs = runs || (!is_file_ending && runs_text(word));
        decodes = decodes || word == "-d" || word == "-D" || word == "--decode" || word == "-di" || word == "-id";
    }
    if (!decodes || !runs)
        return;
    auto const begin_of_output = out.size();
    for (std::size_t at = 0; at < line.size();) {
        if (!is_base64(line[at])) {
            ++at;
            continue;
        }
        auto const begin = at;
        while (at < line.size() && is_base64(line[at]))
            ++at;
        auto const token = line.substr(begin, at - begin);
        if (token.size() < 8 || out.size() - begin_of_output + token.size() > room)
            continue;
        auto const before = out.size();
        append_base64(token, out);
        if (out.size() != before)
            out += '\n';
    }
}

} // namespace rulehost
