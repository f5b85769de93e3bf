#pragma once

#include "regex/regex.hpp"

#include <rulehost/rule_definition.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace rulehost::test {

/// Generator of difficult expressions, conditions and texts: few words, so that they match often; every letter case;
/// characters that fold into ASCII; invalid UTF-8, NULs, line breaks. The same seed gives the same sequence with every
/// compiler.
class condition_generator {
public:
    explicit condition_generator(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

    std::string text() {
        std::string made;
        for (auto pieces = below(12); pieces != 0; --pieces)
            made += piece();
        return made;
    }

    /// Usually compiles.
    std::string expression(int depth = 3) {
        std::string made;
        if (depth == 3 && below(6) == 0)
            made += pick<std::string_view>({"(?i)", "(?s)", "(?m)", "(?im)"});
        for (auto parts = 1 + below(4); parts != 0; --parts)
            made += quantified(depth);
        return made;
    }

    /// A condition on the default field.
    condition any_condition(int depth = 2) {
        condition made;
        auto const kind = depth == 0 ? 0 : below(6);
        if (kind >= 3) {
            made.kind = kind == 3 ? condition::node::all_of
                : kind == 4       ? condition::node::any_of
                                  : condition::node::none_of;
            for (auto children = 1 + below(3); children != 0; --children)
                made.children.push_back(any_condition(depth - 1));
            return made;
        }
        made.matching = below(2) == 0 ? condition::letter_case::exact : condition::letter_case::ignored;
        made.quantifier = below(4) == 0 ? condition::elements::all : condition::elements::any;
        if (below(3) != 0) {
            made.compare = comparison::pattern;
            made.expression = any_regex(made.matching == condition::letter_case::ignored);
            return made;
        }
        made.compare = pick<comparison>({comparison::contains, comparison::starts_with, comparison::ends_with,
                                         comparison::equals, comparison::one_of});
        for (auto operands = made.compare == comparison::equals ? 1 : 1 + below(3); operands != 0; --operands) {
            auto operand = piece();
            if (below(2) == 0)
                operand += piece();
            made.operands.emplace_back(operand.empty() ? "x" : operand);
        }
        return made;
    }

    std::shared_ptr<regex const> any_regex(bool ignore_case) {
        for (;;)
            if (auto compiled = regex::compile(expression(), {.ignore_case = ignore_case}))
                return *compiled;
    }

private:
    template <typename T, std::size_t Size>
    T pick(T const (&from)[Size]) {
        return from[below(Size)];
    }

    std::string word() {
        using namespace std::string_view_literals;
        std::string made{pick<std::string_view>({"wget", "curl", "sh", "bash", "ab", "kiss", "sk", "k", "s", "a",
                                                 "http", "-o", "/etc/passwd", "  ", "aa", "caf\xc3\xa9",
                                                 "\xc3\xbc"
                                                 "ber"})};
        if (below(4) == 0)
            for (auto& c : made)
                if (c >= 'a' && c <= 'z' && below(2) == 0)
                    c = static_cast<char>(c - 0x20);
        return made;
    }

    std::string piece() {
        using namespace std::string_view_literals;
        if (below(3) != 0)
            return word();
        return std::string{pick<std::string_view>({"\n"sv,
                                                   "\r\n"sv,
                                                   "\0"sv,
                                                   "\xff"sv,
                                                   "\xc3"sv,
                                                   "\xe2\x84"sv,
                                                   "\xe2\x84\xaa"sv,
                                                   "\xc5\xbf"sv,
                                                   "\xe2\x84\xaais\xc5\xbf"sv,
                                                   "\xc3\x89"sv,
                                                   "\xf0\x9f\x98\x80"sv,
                                                   " "sv,
                                                   "\t"sv,
                                                   "1"sv,
                                                   "\x1c"sv,
                                                   "\xc2\xa0"sv,
                                                   "wgetwget"sv,
                                                   "."sv,
                                                   "; "sv,
                                                   " && "sv,
                                                   "|"sv,
                                                   "'"sv,
                                                   "w'g'et"sv,
                                                   "\\"sv,
                                                   "echo d2dldCBodHRwO2N1cmw= | base64 -d | sh"sv})};
    }

    std::string quantified(int depth) {
        auto made = atom(depth);
        if (below(3) == 0)
            made += pick<std::string_view>(
                {"*", "+", "?", "{2}", "{0,1}", "{1,}", "{2,3}", "*?", "+?", "??", "{,2}", "*+", "{"});
        return made;
    }

    std::string atom(int depth) {
        switch (below(depth == 0 ? 5 : 9)) {
        case 0:
        case 1:
        case 2:
            return word();
        case 3:
            return std::string{pick<std::string_view>({"\\b", "^", "$", "\\A", "\\Z", "\\B", "\\s", "\\S", "\\w", "\\W",
                                                       "\\d", ".", "\\.", "\\x77", "\\n", "\\-", "\\u212a"})};
        case 4:
            return std::string{pick<std::string_view>({"[wW]", "[a-c]", "[^a]", "[^\\s;]", "[kK]", "[s]", "[\\w.-]",
                                                       "[]a]", "[^]]", "[a\\-k]",
                                                       "[\xc3\xa9"
                                                       "e]",
                                                       "[\\x61-c]", "[\\d_]"})};
        case 5:
            return "(" + expression(depth - 1) + "|" + expression(depth - 1) + ")";
        case 6:
            return "(?:" + expression(depth - 1) + ")";
        case 7:
            return std::string{
                       pick<std::string_view>({"(?=", "(?!", "(?<=", "(?<!", "(?i:", "(?-i:", "(?>", "(?P<n>", "("})} +
                expression(depth - 1) + ")";
        default:
            return "(" + word() + "|" + word() + "|)" +
                std::string{pick<std::string_view>({"", "\\1", "?", "(?#note)"})};
        }
    }

    std::mt19937_64 random_;
};

} // namespace rulehost::test
