#include "shell/text/filters.hpp"

#include "shell/text/escapes.hpp"
#include "shell/text/growing_text.hpp"
#include "shell/text/paths.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace rulehost::shell {

namespace {

using words_of = std::span<std::string_view const>;

bool has(words_of words, std::string_view option) {
    return std::ranges::find(words.subspan(1), option) != words.end();
}

bool has_letter(words_of words, char letter) {
    return std::ranges::any_of(words.subspan(1), [letter](std::string_view word) {
        return word.size() > 1 && word[0] == '-' && word[1] != '-' && word.find(letter, 1) != std::string_view::npos;
    });
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

/// The expanded set of a `tr`.
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
        for (auto const c : words[i].substr(1))
            if (c == 'd')
                deletes = true;
            else if (c == 's')
                squeezes = true;
            else
                return {};
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

std::size_t lines_of(std::string_view text) {
    return 1 + static_cast<std::size_t>(std::ranges::count(text, '\n'));
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
    growing_text made(arena,
                      input.size() + (flags == "g" ? input.size() / from.size() + 1 : lines_of(input)) * to.size());
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
            for (; count > 1 && !input.empty(); --count)
                input.remove_prefix(std::min(input.find('\n'), input.size() - 1) + 1);
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
    return from_end ? input.substr(std::min(at + 1, input.size())) : input.substr(0, at);
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

} // namespace rulehost::shell
