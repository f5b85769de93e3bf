#include "regex/regex.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

namespace {

using namespace rulehost;
using namespace std::string_view_literals;
using outcome = regex::outcome;

std::shared_ptr<regex const> compiled(std::string_view expression) {
    return regex::compile(expression, {}).value();
}

outcome search(std::string_view expression, std::string_view text) {
    return compiled(expression)->search(text);
}

BOOST_AUTO_TEST_SUITE(regular_expressions)

// Answers of Python 3.11: re.search(expression, text).
BOOST_AUTO_TEST_CASE(meaning_is_that_of_python) {
    struct row {
        std::string_view expression;
        std::string_view text;
        bool found;
    };
    std::vector<row> const rows{
        {"b", "abc", true},
        {"c$", "abc\n", true},
        {"c$", "abc\n\n", false},
        {"c\\Z", "abc\n", false},
        {"c\\Z", "abc", true},
        {"(?m)^b$", "a\nb\nc", true},
        {"(?m)^\\Z", "a\n", true},
        {"a.b", "a\nb", false},
        {"a.b", "a\rb", true},
        {"(?s)a.b", "a\nb", true},
        {"(?i)ABC", "xabcx", true},
        {"(?i)\xc3\x84", "\xc3\xa4", true},
        {"a(?i:B)c", "abc", true},
        {"a(?i:B)c", "abC", false},
        {"(?x) a b # a comment with ( in it\n c", "abc", true},
        {"(?x)a{ 2}", "aa", false},
        {"foo(?=bar)", "foobar", true},
        {"foo(?!bar)", "foobar", false},
        {"(?<=a)b", "ab", true},
        {"(?<!a)b", "ab", false},
        {"\\bfind\\b", "a find b", true},
        {"\\bfind\\b", "finder", false},
        {"\\w+", "\xc3\xa9", true},
        {"^\\W$", "\xc3\xa9", false},
        {"^\\d$", "\xd9\xa3", true}, // ARABIC-INDIC DIGIT THREE
        {"^\\s$", "\x1c", true},
        {"^[\\s]$", "\xc2\xa0", true},
        {"^\\S$", "\x1c", false},
        {"^[\\S]$", "\x1c", false},
        {"^[\\S]$", "\x1f", false},
        {"^[\\S]$", " ", false},
        {"^[\\S]$", "!", true},
        {"^[\\S]$", "\xc2\xa0", false},
        {"^[\\S]$", "\xc3\xa9", true},
        {"^[\\S]$", "\xf0\x9f\x98\x80", true},
        {"^[\\S\\x1c]$", "\x1c", true},
        {"^[\\s\\S]$", "\x1c", true},
        {"^[^\\S]$", "\x1d", true},
        {"^[^\\S\\n]$", "\n", false},
        {"(?i)^i$", "\xc4\xb0", true}, // U+0130
        {"(?i)^i$", "\xc4\xb1", true}, // U+0131
        {"(?i)^I$", "\xc4\xb1", true},
        {"(?i)^\xc4\xb0$", "i", true},
        {"(?i)^\xc4\xb0$", "I", true},
        {"(?i)^\xc4\xb0$", "\xc4\xb1", true},
        {"(?i)^\\u0131$", "I", true},
        {"(?i)^\\x69+$", "i\xc4\xb0\xc4\xb1I", true},
        {"(?i)^[a-z]$", "\xc4\xb0", true},
        {"(?i)^[a-z]$", "\xc4\xb1", true},
        {"(?i)^[^a-z]$", "\xc4\xb1", false},
        {"(?i)^[a-h]$", "\xc4\xb1", false},
        {"(?i)^[-i]$", "\xc4\xb1", true},
        {"(?i)^[-i]$", "-", true},
        {"(?i)^[i-]$", "-", true},
        {"(?i)^[\\wi]$", "\xc4\xb1", true},
        {"(?i)^\xef\xac\x85$", "\xef\xac\x86", true}, // U+FB05, U+FB06
        {"(?i)^[\xef\xac\x85]$", "\xef\xac\x86", true},
        {"(?i)^\xce\x90$", "\xe1\xbf\x93", true}, // U+0390, U+1FD3
        {"(?i)^\xe1\xbf\xa3$", "\xce\xb0", true}, // U+1FE3, U+03B0
        {"(?i)^k$", "\xe2\x84\xaa", true},
        {"^i$", "\xc4\xb1", false},
        {"^(?i:i)i$", "\xc4\xb1i", true},
        {"^(?i:i)i$", "\xc4\xb1I", false},
        {"(?i)^(?-i:i)$", "\xc4\xb1", false},
        {"(?i)^i(?-i:i)i$", "\xc4\xb1i\xc4\xb1", true},
        {"^a{,2}$", "aa", true},
        {"^a{,2}$", "aaa", false},
        {"a{,x", "a{,x", true},
        {"a{}", "a{}", true},
        {"^\\x41\\u0042\\U00000043\\103$", "ABCC", true},
        {"^\\v$", "\x0b", true},
        {"^[\\b]$", "\x08", true},
        {"^[]a]+$", "a]", true},
        {"^[^]a]$", "]", false},
        {"^[[a]+$", "[a", true},
        {"(a)(b)?(?(2)c|d)", "ad", true},
        {"(?P<q>['\"]).*?(?P=q)", "say 'x'", true},
        {"(a+)\\1$", "aaaa", true},
        {"a++b", "aaab", true},
        {"a*+a", "aaa", false},
        {"(?>a+)a", "aaa", false},
        {"", "", true},
        {"a\\0b"sv, "a\0b"sv, true},
        {"a\0b"sv, "a\0b"sv, true},
        {"x(?#a comment)y", "xy", true},
        {"[a\\-z]+", "-", true},
    };
    for (auto const& expected : rows) {
        BOOST_TEST_CONTEXT(expected.expression << " in " << expected.text) {
            BOOST_TEST(
                (search(expected.expression, expected.text) == (expected.found ? outcome::match : outcome::no_match)));
        }
    }
}

BOOST_AUTO_TEST_CASE(syntax_that_python_lacks_or_reads_differently_is_rejected_at_its_place) {
    struct row {
        std::string_view expression;
        std::size_t offset;
        std::string_view message;
    };
    std::vector<row> const rows{
        {"a\\hb", 1, "bad escape \\h"},
        {"\\Qa\\E", 0, "bad escape \\Q"},
        {"\\pL", 0, "bad escape \\p"},
        {"a\\Kb", 1, "bad escape \\K"},
        {"\\x{41}", 0, "2 hexadecimal digits"},
        {"\\u12", 0, "4 hexadecimal digits"},
        {"\\ud800", 0, "no such character"},
        {"ab\\", 2, "backslash at the end"},
        {"x[[:alpha:]]", 2, "[:alpha:]"},
        {"[a", 0, "unterminated"},
        {"a)", 1, "unbalanced"},
        {"(a", 0, "never closed"},
        {"ab(?<n>c)", 2, "(?P<name>"},
        {"a(?R)", 1, "unknown extension ?R"},
        {"a(?|b)", 1, "unknown extension ?|"},
        {"(*UCP)a", 1, "nothing to repeat"},
        {"a**", 2, "multiple repeat"},
        {"a{2}{3}", 4, "multiple repeat"},
        {"a|*", 2, "nothing to repeat"},
        {"^*", 1, "nothing to repeat"},
        {"ab(?i)c", 2, "start of the expression"},
        {"(?a)\\w", 2, "the flag a"},
        {"(a)\\2", 3, "invalid group reference 2"},
        {"(a\\1)", 2, "open group"},
        {"(?P=x)", 0, "unknown group name"},
        {"(?P<1>a)", 4, "bad group name"},
        {"(?(3)a)", 0, "invalid group reference"},
        {"a{3,2}", 1, "min repeat"},
        {"a{70000}", 1, "65535"},
        {"ab[z-a]", 5, "range out of order"},
        {"(?<=a+)b", 0, "lookbehind"},
    };
    for (auto const& expected : rows) {
        BOOST_TEST_CONTEXT(expected.expression) {
            auto const result = regex::compile(expected.expression, {});
            BOOST_REQUIRE(result.has_error());
            BOOST_TEST(result.error().offset == expected.offset);
            BOOST_TEST(result.error().message.find(expected.message) != std::string::npos, result.error().message);
        }
    }
}

BOOST_AUTO_TEST_CASE(oversized_expressions_are_refused) {
    BOOST_TEST(regex::compile(std::string(20'000, 'a'), {}).has_error());
    BOOST_TEST(regex::compile(std::string(500, '(') + std::string(500, ')'), {}).has_error());
    BOOST_TEST(regex::compile("(?:(?:(?:a{1000}){1000}){1000}){1000}", {}).has_error());
    BOOST_TEST(regex::compile("(?:\\w{60}(?:b|c)){60000}", {}).has_error());
}

BOOST_AUTO_TEST_CASE(span_is_in_bytes) {
    regex::span where;
    BOOST_TEST((compiled("b+")->search("\xc3\xa9"
                                       "abbc",
                                       &where) == outcome::match));
    BOOST_TEST(where.begin == 3u);
    BOOST_TEST(where.end == 5u);
}

BOOST_AUTO_TEST_CASE(option_ignores_case) {
    auto const expression = regex::compile("abc", {.ignore_case = true}).value();
    BOOST_TEST((expression->search("xABC") == outcome::match));
    BOOST_TEST(expression->options().ignore_case);
    BOOST_TEST(expression->expression() == "abc");
}

BOOST_AUTO_TEST_CASE(pcre_syntax_is_free_of_what_only_python_reads) {
    BOOST_TEST(compiled("a{,3}\\Z")->pcre_syntax() == "a{0,3}\\z");
    BOOST_TEST(compiled("(?x) a # c\n b+")->pcre_syntax() == "ab+");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_match_nothing_and_harm_nothing) {
    BOOST_TEST((search("a.b",
                       "a\xff"
                       "b") == outcome::no_match));
    BOOST_TEST((search("b",
                       "a\xff\xc0\x80"
                       "b") == outcome::match));
    BOOST_TEST((search("\\w+$", "\xc3") == outcome::no_match));
    BOOST_TEST((search("b$",
                       "\xff"
                       "b") == outcome::match));
    BOOST_TEST((search(".", "\xff\xfe\xed\xa0\x80") == outcome::no_match));
    BOOST_TEST((search("^.*end", std::string("\0\0end", 5)) == outcome::match));
    BOOST_TEST((search("a", std::string_view()) == outcome::no_match));
}

BOOST_AUTO_TEST_CASE(no_text_makes_a_search_run_away) {
    std::size_t const size = 64 * 1024;
    std::string const letters(size, 'a');
    std::string near_misses;
    while (near_misses.size() < size)
        near_misses += std::string(499, 'A') + '!';
    struct row {
        std::string_view expression;
        std::string text;
    };
    // Without a limit, each of these takes seconds to centuries. The lookahead keeps the search metered.
    std::vector<row> const rows{
        {"(?=a)(a+)+$", letters + "!"},
        {"(?=a)(a|a)*$", letters + "!"},
        {"(?=a)(a|aa)+$", letters + "!"},
        {"(?=a).*.*[bc]", letters},
        {"(?=.*[bc])a", letters},
        {"(?=A)[A-Z]{500,}", near_misses},
        {"(?=A)(?:[A-Z]{4}){200,}", near_misses},
        {"(?=A)(?:(?:A)){490}[BC]", near_misses},
        {"(a*)*(a*)*\\2[bc]", letters},
        {"(.*)(.*)(.*)(.*)(.*)\\5[bc]", letters},
        {"(?=a)(?:\\w|\\d|_|[a-z])+[^\\x00-\\x7f]", letters},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.expression) {
            BOOST_TEST((search(each.expression, each.text) == outcome::limit_hit));
        }
    }
    BOOST_TEST((search("a.*[bc]", letters) != outcome::match));
    BOOST_TEST((search("\\s+$", std::string(size, ' ') + "x") != outcome::match));
}

BOOST_AUTO_TEST_CASE(ordinary_text_stays_far_from_the_limit) {
    std::string script;
    while (script.size() < 64 * 1024)
        script += "echo hello world | grep foo; ls -la /tmp/x && cat /etc/hosts\n";
    BOOST_TEST((search("\\b(?:wget|curl)\\b.*https?://\\S+", script) == outcome::no_match));
    BOOST_TEST((search("\\bfind\\b.*-perm\\s+(?:-?u\\+?=s|-?4000|/4000)", script) == outcome::no_match));
    BOOST_TEST((search("(?i)(?:base64|openssl)\\s+.*-d", script) == outcome::no_match));
}

BOOST_AUTO_TEST_CASE(one_expression_serves_many_threads) {
    auto const expression = compiled("(a+)+b");
    std::vector<std::thread> threads;
    std::vector<int> matches(4);
    for (auto& count : matches) {
        threads.emplace_back([&] {
            for (int i = 0; i < 200; ++i) {
                count += expression->search("xxaaab") == outcome::match ? 1 : 0;
                count += expression->search(std::string(30, 'a')) == outcome::match ? 1 : 0;
            }
        });
    }
    for (auto& each : threads)
        each.join();
    for (auto const count : matches)
        BOOST_TEST(count == 200);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
