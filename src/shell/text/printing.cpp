#include "shell/text/escapes.hpp"
#include "shell/text/filters.hpp"
#include "shell/text/growing_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace rulehost::shell {

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
    std::size_t room = raw.size() + 64;
    for (auto at = i; at < words.size(); ++at)
        room += raw.size() + words[at].size() + 24;
    growing_text made(arena, room);
    auto* const buffer = arena.take(std::max<std::size_t>(raw.size(), 64) + 4);
    for (std::size_t round = 0; round < 256 && !made.is_full(); ++round) {
        bool used = false;
        for (std::size_t at = 0; at < raw.size();) {
            if (raw[at] == '\\') {
                // One escape at a time, up to the next byte that could end it.
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
