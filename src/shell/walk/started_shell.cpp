#include "shell/walk/started_shell.hpp"

#include "shell/text/letters.hpp"

#include <algorithm>

namespace rulehost::shell {

namespace {

constexpr std::string_view shells[]{"sh",  "bash", "dash", "ash",   "zsh",    "ksh",
                                    "csh", "tcsh", "fish", "rbash", "busybox"};
constexpr std::string_view in_front = " \t\n=!\"'`({[;|&,:@>%";
constexpr std::string_view escape_signs[]{":!", "\\!", "!", ".shell ", ".system ", ":shell ", "shell ", "@exec "};

/// Place after the name of a shell that starts at `at`; npos if none does.
std::size_t end_of_shell(std::string_view text, std::size_t at) {
    auto end = at;
    while (end < text.size() && (is(text[end], letter_name) || text[end] == '-' || text[end] == '.'))
        ++end;
    return std::ranges::find(shells, text.substr(at, end - at)) != std::end(shells) &&
            (end == text.size() || text[end] != '/')
        ? end
        : std::string_view::npos;
}

} // namespace

std::string_view started_shell(std::string_view word) {
    constexpr std::string_view folder = "/bin/";
    for (auto at = word.find(folder); at != std::string_view::npos; at = word.find(folder, at + 1)) {
        if (end_of_shell(word, at + folder.size()) == std::string_view::npos)
            continue;
        auto start = at;
        for (std::string_view const outer : {"/usr", "/usr/local"})
            if (word.substr(0, at).ends_with(outer))
                start = at - outer.size();
        bool const attached = start == 2 && word[0] == '-'; // `-H/bin/sh`
        if (start != 0 && !attached && in_front.find(word[start - 1]) == std::string_view::npos)
            continue;
        auto const before = start == 0 ? '\0' : word[start - 1];
        auto const closer = before == '(' ? ')'
            : before == '{'               ? '}'
            : before == '['               ? ']'
            : is(before, letter_quotes)   ? before
                                          : '\n';
        return word.substr(start, word.find(closer, start) - start);
    }
    return {};
}

std::string_view behind_shell_escape(std::string_view text) {
    for (auto const sign : escape_signs) {
        if (!text.starts_with(sign))
            continue;
        auto const rest = text.substr(sign.size());
        auto const first = rest.find_first_not_of(" \t");
        return first == std::string_view::npos ? std::string_view() : rest.substr(first);
    }
    return {};
}

} // namespace rulehost::shell
