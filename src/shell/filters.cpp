#include "shell/filters.hpp"

#include "shell/escapes.hpp"
#include "shell/letters.hpp"
#include "shell/limits.hpp"
#include "shell/paths.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace rulehost::shell {

namespace {

using words_of = std::span<std::string_view const>;

/// Text that grows in the arena, up to the limit of a decoder.
class growing_text {
public:
    growing_text(text_arena& arena, std::size_t room)
        : room_(std::min(room, limits::max_text)), bytes_(arena.take(room_)) {}
    void add(char c) {
        if (size_ < room_ && c != '\0')
            bytes_[size_++] = c;
    }
    void add(std::string_view text) {
        for (auto const c : text)
            add(c);
    }
    std::string_view view() const { return {bytes_, size_}; }

private:
    std::size_t room_;
    char* bytes_;
    std::size_t size_ = 0;
};

bool has(words_of words, std::string_view option) {
    return std::ranges::find(words.subspan(1), option) != words.end();
}

bool has_letter(words_of words, char letter) {
    return std::ranges::any_of(words.subspan(1), [letter](std::string_view word) {
        return word.size() > 1 && word[0] == '-' && word[1] != '-' && word.find(letter, 1) != std::string_view::npos;
    });
}

/// Decodes digits of `bits` bits each by `value`, which is negative for what is skipped or ends the text.
template <typename Value>
std::string_view decode_bits(std::string_view text, int bits, text_arena& arena, Value const& value) {
    auto* const out = arena.take(text.size() + 1);
    std::size_t size = 0;
    std::uint32_t held = 0;
    int count = 0;
    for (auto const c : text) {
        if (c == '=')
            break;
        if (c == '\n' || c == ' ' || c == '\t')
            continue;
        auto const digit = value(c);
        if (digit < 0)
            return size == 0 ? std::string_view() : std::string_view(out, size);
        held = (held << bits) | static_cast<std::uint32_t>(digit);
        count += bits;
        if (count >= 8) {
            count -= 8;
            if (auto const byte = static_cast<char>(static_cast<unsigned char>(held >> count)); size < limits::max_text)
                out[size++] = byte;
            held &= (1U << count) - 1;
        }
    }
    return {out, size};
}

std::string_view encode_base64(std::string_view text, text_arena& arena) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    growing_text made(arena, text.size() / 3 * 4 + 8);
    for (std::size_t at = 0; at < text.size(); at += 3) {
        std::uint32_t held = 0;
        for (std::size_t i = 0; i < 3; ++i)
            held = (held << 8) | (at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U);
        for (std::size_t i = 0; i < 4; ++i)
            made.add(at + i > text.size() ? '=' : digits[(held >> (18 - 6 * i)) & 63]);
    }
    made.add('\n');
    return made.view();
}

std::string_view reversed_lines(std::string_view text, text_arena& arena) {
    growing_text made(arena, text.size() + 1);
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size());
        for (auto i = end; i-- > 0;)
            made.add(text[i]);
        if (end < text.size())
            made.add('\n');
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return made.view();
}

std::string_view last_first(std::string_view text, text_arena& arena) {
    growing_text made(arena, text.size() + 1);
    while (!text.empty()) {
        auto const body = text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
        auto const cut = body.rfind('\n');
        auto const start = cut == std::string_view::npos ? 0 : cut + 1;
        made.add(body.substr(start));
        made.add('\n');
        text = text.substr(0, start);
    }
    return made.view();
}

/// The set of a `tr`, spread out.
std::string_view spread_set(std::string_view set, text_arena& arena) {
    auto* const raw = arena.take(set.size() + 4);
    set = {raw, decode_escapes(set, escape_style::printf, raw)};
    growing_text made(arena, 1024);
    constexpr std::array<std::array<std::string_view, 2>, 5> classes{{{"[:upper:]", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
                                                                      {"[:lower:]", "abcdefghijklmnopqrstuvwxyz"},
                                                                      {"[:digit:]", "0123456789"},
                                                                      {"[:space:]", " \t\n\v\f\r"},
                                                                      {"[:blank:]", " \t"}}};
    while (!set.empty()) {
        bool named = false;
        for (auto const& each : classes) {
            if (set.starts_with(each[0])) {
                made.add(each[1]);
                set.remove_prefix(each[0].size());
                named = true;
            }
        }
        if (named)
            continue;
        if (set.size() > 2 && set[1] == '-' &&
            static_cast<unsigned char>(set[0]) <= static_cast<unsigned char>(set[2])) {
            for (auto c = static_cast<unsigned>(static_cast<unsigned char>(set[0]));
                 c <= static_cast<unsigned char>(set[2]); ++c)
                made.add(static_cast<char>(c));
            set.remove_prefix(3);
            continue;
        }
        made.add(set.front());
        set.remove_prefix(1);
    }
    return made.view();
}

std::optional<std::string_view> translated(words_of words, std::string_view input, text_arena& arena) {
    bool deletes = false;
    bool squeezes = false;
    std::size_t i = 1;
    for (; i < words.size() && words[i].size() > 1 && words[i][0] == '-' && words[i] != "--"; ++i) {
        for (auto const c : words[i].substr(1)) {
            if (c == 'd')
                deletes = true;
            else if (c == 's')
                squeezes = true;
            else
                return {};
        }
    }
    if (i >= words.size() || squeezes)
        return {};
    auto const from = spread_set(words[i], arena);
    auto const to = i + 1 < words.size() ? spread_set(words[i + 1], arena) : std::string_view();
    if (!deletes && to.empty())
        return {};
    std::array<int, 256> map{};
    for (std::size_t c = 0; c < 256; ++c)
        map[c] = static_cast<int>(c);
    for (std::size_t at = 0; at < from.size(); ++at)
        map[static_cast<unsigned char>(from[at])] =
            deletes ? -1 : static_cast<int>(static_cast<unsigned char>(to[std::min(at, to.size() - 1)]));
    growing_text made(arena, input.size() + 1);
    for (auto const c : input)
        if (auto const mapped = map[static_cast<unsigned char>(c)]; mapped >= 0)
            made.add(static_cast<char>(mapped));
    return made.view();
}

/// `sed s/a/b/g` where `a` is plain text.
std::optional<std::string_view> substituted(words_of words, std::string_view input, text_arena& arena) {
    if (words.size() < 2 || words.size() > 3)
        return {};
    auto const script = words.back();
    if (words.size() == 3 && words[1] != "-e" && words[1] != "-r" && words[1] != "-E")
        return {};
    if (script.size() < 4 || script[0] != 's')
        return {};
    auto const sign = script[1];
    auto const middle = script.find(sign, 2);
    auto const end = middle == std::string_view::npos ? middle : script.find(sign, middle + 1);
    if (end == std::string_view::npos)
        return {};
    auto const from = script.substr(2, middle - 2);
    auto const to = script.substr(middle + 1, end - middle - 1);
    auto const flags = script.substr(end + 1);
    if (from.empty() || from.find_first_of("\\.*[^$+?(|") != std::string_view::npos ||
        to.find_first_of("\\&") != std::string_view::npos || (flags != "g" && !flags.empty()))
        return {};
    growing_text made(arena, limits::max_text);
    bool done = false;
    while (!input.empty()) {
        if ((!done || flags == "g") && input.starts_with(from)) {
            made.add(to);
            input.remove_prefix(from.size());
            done = true;
            continue;
        }
        done = done && input.front() != '\n';
        made.add(input.front());
        input.remove_prefix(1);
    }
    return made.view();
}

std::optional<std::string_view> cut_lines(words_of words, std::string_view input, bool from_end) {
    std::size_t count = 10;
    bool bytes = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
        auto text = words[i];
        if (text == "-n" || text == "-c") {
            bytes = text == "-c";
            if (++i >= words.size())
                return {};
            text = words[i];
        } else if (text.starts_with("-n") || text.starts_with("-c")) {
            bytes = text[1] == 'c';
            text.remove_prefix(2);
        } else if (text.starts_with("-")) {
            text.remove_prefix(1);
        } else {
            return {};
        }
        bool const from_start = from_end && text.starts_with('+');
        if (from_start)
            text.remove_prefix(1);
        auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
        if (problem != std::errc{} || end != text.data() + text.size())
            return {};
        if (from_start) {
            if (bytes)
                return input.substr(std::min(input.size(), count == 0 ? 0 : count - 1));
            for (; count > 1; --count)
                input.remove_prefix(std::min(input.find('\n'), input.size() - 1) + (input.empty() ? 0 : 1));
            return input;
        }
    }
    if (bytes)
        return from_end ? input.substr(input.size() - std::min(count, input.size())) : input.substr(0, count);
    std::size_t at = from_end ? input.size() - (input.ends_with('\n') ? 1 : 0) : 0;
    for (; count > 0; --count) {
        if (!from_end) {
            auto const next = input.find('\n', at);
            if (next == std::string_view::npos)
                return input;
            at = next + 1;
        } else {
            auto const next = at == 0 ? std::string_view::npos : input.rfind('\n', at - 1);
            if (next == std::string_view::npos)
                return input;
            at = next;
        }
    }
    return from_end ? input.substr(at + 1) : input.substr(0, at);
}

/// `cut -c2-5`, `cut -d. -f1`: a single field or run.
std::optional<std::string_view> cut_fields(words_of words, std::string_view input, text_arena& arena) {
    char delimiter = '\t';
    char kind = 0;
    std::string_view list;
    for (std::size_t i = 1; i < words.size(); ++i) {
        auto const text = words[i];
        if (text.size() < 2 || text[0] != '-' || (text[1] != 'd' && text[1] != 'f' && text[1] != 'c' && text[1] != 'b'))
            return {};
        auto value = text.substr(2);
        if (value.empty() && i + 1 < words.size())
            value = words[++i];
        if (value.empty())
            return {};
        if (text[1] == 'd') {
            delimiter = value[0];
        } else {
            kind = text[1];
            list = value;
        }
    }
    std::size_t first = 0;
    auto const [end, problem] = std::from_chars(list.data(), list.data() + list.size(), first);
    if (kind == 0 || problem != std::errc{} || first == 0)
        return {};
    auto last = first;
    if (std::string_view rest(end, static_cast<std::size_t>(list.data() + list.size() - end)); !rest.empty()) {
        if (rest[0] != '-')
            return {};
        last = 1'000'000;
        if (rest.size() > 1 && std::from_chars(rest.data() + 1, rest.data() + rest.size(), last).ec != std::errc{})
            return {};
    }
    growing_text made(arena, input.size() + 1);
    while (!input.empty()) {
        auto const stop = std::min(input.find('\n'), input.size());
        auto const line = input.substr(0, stop);
        input.remove_prefix(std::min(stop + 1, input.size()));
        if (kind == 'f') {
            std::size_t number = 1;
            bool some = false;
            for (auto const c : line) {
                if (c == delimiter) {
                    ++number;
                    if (number > first && number <= last && some)
                        made.add(c);
                } else if (number >= first && number <= last) {
                    made.add(c);
                }
                some = some || number >= first;
            }
        } else if (first <= line.size()) {
            made.add(line.substr(first - 1, last - first + 1));
        }
        made.add('\n');
    }
    return made.view();
}

} // namespace

std::string_view decode_base64(std::string_view text, text_arena& arena) {
    return decode_bits(text, 6, arena, [](char c) {
        if (c >= 'A' && c <= 'Z')
            return c - 'A';
        if (c >= 'a' && c <= 'z')
            return c - 'a' + 26;
        if (c >= '0' && c <= '9')
            return c - '0' + 52;
        return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
    });
}

std::string_view decode_base32(std::string_view text, text_arena& arena) {
    return decode_bits(text, 5, arena, [](char c) {
        if (c >= 'A' && c <= 'Z')
            return c - 'A';
        return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
    });
}

std::string_view decode_hex(std::string_view text, text_arena& arena) {
    return decode_bits(text, 4, arena, [](char c) { return hex_value(c); });
}

bool is_decoder(std::span<std::string_view const> words) {
    auto const name = words.front();
    return name == "base64" || name == "base32" || name == "xxd" || name == "rev" || name == "tr" || name == "gunzip" ||
        name == "zcat" || name == "openssl" || name == "gzip" || name == "basenc";
}

std::optional<std::string_view> filtered(std::span<std::string_view const> words, std::string_view input,
                                         text_arena& arena) {
    auto const name = words.front();
    auto const found = [](std::string_view text) -> std::optional<std::string_view> {
        return text.data() == nullptr ? std::nullopt : std::optional(text);
    };
    if (name == "cat" || name == "tee" || name == "pv" || name == "sponge" || name == "unbuffer")
        return input;
    if (name == "rev")
        return reversed_lines(input, arena);
    if (name == "tac")
        return last_first(input, arena);
    if (name == "base64" || name == "basenc")
        return has_letter(words, 'd') || has_letter(words, 'D') || has(words, "--decode")
            ? found(decode_base64(input, arena))
            : encode_base64(input, arena);
    if (name == "base32")
        return has_letter(words, 'd') || has(words, "--decode") ? found(decode_base32(input, arena)) : std::nullopt;
    if (name == "openssl") {
        if (words.size() > 1 &&
            (words[1] == "base64" || (words[1] == "enc" && (has(words, "-base64") || has(words, "-a")))))
            return has(words, "-d") ? found(decode_base64(input, arena)) : encode_base64(input, arena);
        return {};
    }
    if (name == "xxd")
        return has_letter(words, 'r') ? found(decode_hex(input, arena)) : std::nullopt;
    if (name == "tr")
        return translated(words, input, arena);
    if (name == "sed")
        return substituted(words, input, arena);
    if (name == "head" || name == "tail")
        return cut_lines(words, input, name == "tail");
    if (name == "cut")
        return cut_fields(words, input, arena);
    if (name == "gunzip" || name == "zcat" ||
        (name == "gzip" && (has_letter(words, 'd') || has(words, "--decompress"))))
        return found(inflate_gzip(input, arena));
    return {};
}

std::string_view echoed(std::span<std::string_view const> words, text_arena& arena) {
    bool newline = true;
    bool escapes = false;
    std::size_t i = 1;
    for (; i < words.size(); ++i) {
        auto const word = words[i];
        if (word.size() < 2 || word[0] != '-' || word.find_first_not_of("neE", 1) != std::string_view::npos)
            break;
        for (auto const c : word.substr(1)) {
            newline = newline && c != 'n';
            escapes = c == 'e' || (escapes && c != 'E');
        }
    }
    std::size_t size = 6;
    for (auto at = i; at < words.size(); ++at)
        size += words[at].size() + 1;
    auto* const out = arena.take(size);
    std::size_t made = 0;
    for (auto at = i; at < words.size(); ++at) {
        if (at != i)
            out[made++] = ' ';
        made += words[at].copy(out + made, words[at].size());
    }
    if (escapes && std::string_view(out, made).find('\\') != std::string_view::npos) {
        auto* const decoded = arena.take(made + 6);
        made = decode_escapes({out, made}, escape_style::echo, decoded);
        if (newline)
            decoded[made++] = '\n';
        return {decoded, made};
    }
    if (newline)
        out[made++] = '\n';
    return {out, made};
}

std::optional<std::string_view> formatted(std::span<std::string_view const> words, text_arena& arena) {
    std::size_t i = 1;
    if (i + 1 < words.size() && words[i] == "-v")
        i += 2;
    if (i < words.size() && words[i] == "--")
        ++i;
    if (i >= words.size())
        return std::string_view();
    auto const raw = words[i++];
    if (raw.find_first_of("\\%") == std::string_view::npos)
        return raw;
    growing_text made(arena, limits::max_text);
    auto* const buffer = arena.take(std::max<std::size_t>(raw.size(), 64) + 4);
    for (std::size_t round = 0; round < 256; ++round) {
        bool used = false;
        for (std::size_t at = 0; at < raw.size();) {
            if (raw[at] == '\\') {
                // One escape at a time, up to the next sign that could end it.
                auto const end = std::min({raw.find_first_of("\\%", at + 2), raw.size()});
                made.add({buffer, decode_escapes(raw.substr(at, end - at), escape_style::printf, buffer)});
                at = end;
                continue;
            }
            if (raw[at] != '%') {
                made.add(raw[at++]);
                continue;
            }
            auto const conversion = raw.find_first_not_of("0123456789.-+ #'", at + 1);
            if (conversion == std::string_view::npos)
                return {};
            auto const plain = conversion == at + 1;
            auto const c = raw[conversion];
            at = conversion + 1;
            if (c == '%') {
                made.add('%');
                continue;
            }
            auto const argument = i < words.size() ? words[i] : std::string_view();
            if (i < words.size())
                ++i;
            used = true;
            if (c == 's' || (c == 'd' && plain) || (c == 'i' && plain)) {
                made.add(argument);
            } else if (c == 'b') {
                auto* const out = arena.take(argument.size() + 4);
                made.add({out, decode_escapes(argument, escape_style::printf, out)});
            } else if (c == 'c') {
                made.add(argument.substr(0, 1));
            } else if (c == 'x' || c == 'X' || c == 'o' || c == 'u') {
                std::uint64_t value = 0;
                char digits[24];
                if (std::from_chars(argument.data(), argument.data() + argument.size(), value).ec != std::errc{})
                    return {};
                auto const end = std::to_chars(digits, digits + sizeof digits, value,
                                               c == 'o'       ? 8
                                                   : c == 'u' ? 10
                                                              : 16)
                                     .ptr;
                made.add({digits, static_cast<std::size_t>(end - digits)});
            } else {
                return {};
            }
        }
        if (!used || i >= words.size())
            break;
    }
    return made.view();
}

} // namespace rulehost::shell
