// The linear search finds the same part of a text as PCRE2, and finishes on every text.
#include "regex/linear_search.hpp"
#include "text/utf8.hpp"

#include "support/generated_conditions.hpp"
#include "support/plain_search.hpp"
#include "support/seed.hpp"
#include "support/shipped_rules.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rulehost {

namespace {

using outcome = regex::outcome;

std::unique_ptr<linear_search const> linear(std::string_view expression, regex::flags options = {}) {
    auto made = linear_search::compile(expression, options);
    if (!made)
        throw std::invalid_argument(made.error().message);
    return std::move(*made);
}

/// Reason why the expression is not linear, and its place.
std::string obstacle(std::string_view expression) {
    auto const found = regex::compile(expression, {}).value()->why_not_linear();
    return found ? std::to_string(found->offset) + ": " + found->message : "none";
}

/// Counts texts for which both searches agree, and reports others.
struct linear_tally {
    std::size_t matches = 0;
    std::size_t misses = 0;

    /// `search` is the other search: it returns the outcome for a text, and the span.
    template <typename Search>
    void compare(std::string_view expression, linear_search const& by_states, Search const& search,
                 std::string_view text) {
        regex::span seen;
        regex::span expected;
        auto const right = search(text, expected);
        if (right == outcome::limit_hit)
            return;
        regex::allowance allowed;
        auto const answer = by_states.search(text, allowed, &seen);
        if (answer.is != right || !answer.is_first || seen.begin != expected.begin || seen.end != expected.end)
            BOOST_ERROR(expression << " in " << boost::json::value(text));
        ++(right == outcome::match ? matches : misses);
    }
};

/// The expression with longer runs; null if it has a run where a longer one is not allowed.
std::shared_ptr<regex const> with_longer_runs(regex const& expression) {
    auto longer = expression.expression();
    for (auto const& [shorter, counts] :
         {std::pair{"{2}", "{3,}"}, std::pair{"{0,1}", "{0,9}"}, std::pair{"{2,3}", "{1,20}"}})
        for (auto at = longer.find(shorter); at != std::string::npos; at = longer.find(shorter, at))
            longer.replace(at, std::string_view(shorter).size(), counts);
    auto const made = regex::compile(longer, expression.options());
    return made ? *made : nullptr;
}

std::string in_utf8(char32_t c) {
    auto const tail = [c](unsigned shift) { return static_cast<char>(0x80 | (c >> shift & 0x3f)); };
    if (c < 0x80)
        return {static_cast<char>(c)};
    if (c < 0x800)
        return {static_cast<char>(0xc0 | c >> 6), tail(0)};
    if (c < 0x10000)
        return {static_cast<char>(0xe0 | c >> 12), tail(6), tail(0)};
    return {static_cast<char>(0xf0 | c >> 18), tail(12), tail(6), tail(0)};
}

std::string repeated(std::string_view piece, std::size_t size) {
    std::string text;
    while (text.size() < size)
        text += piece;
    return text;
}

/// `begin-end` of the match, in bytes; empty: no match.
std::string found(std::string_view expression, std::string_view text, regex::flags options = {}) {
    regex::span where;
    regex::allowance allowed;
    if (linear(expression, options)->search(text, allowed, &where).is != outcome::match)
        return {};
    return std::to_string(where.begin) + "-" + std::to_string(where.end);
}

} // namespace

BOOST_AUTO_TEST_SUITE(linear_searches)

BOOST_AUTO_TEST_CASE(generated_expressions_find_what_plain_search_finds) {
    auto const seed = test::seed_or(20'260'101);
    BOOST_TEST_CONTEXT("seed " << seed) {
        test::condition_generator generate{seed};
        linear_tally of_ascii;
        linear_tally of_valid;
        for (int i = 0; i != 400; ++i) {
            auto const expression = with_longer_runs(*generate.any_regex(generate.below(2) == 0));
            if (!expression) // a lookbehind allows no longer run
                continue;
            auto const by_states = linear_search::compile(expression->expression(), expression->options());
            if (!by_states)
                continue;
            test::plain_search const plain{*expression};
            for (int j = 0; j != 20; ++j) {
                auto const text = generate.text();
                of_ascii.compare(expression->expression(), **by_states, plain, test::only_ascii(text));
                of_valid.compare(expression->expression(), **by_states, plain, to_valid_utf8(text));
            }
        }
        BOOST_TEST(of_ascii.matches > 500u);
        BOOST_TEST(of_ascii.misses > 500u);
        BOOST_TEST(of_valid.matches > 500u);
        BOOST_TEST(of_valid.misses > 500u);
    }
}

BOOST_AUTO_TEST_CASE(every_kind_of_character_is_what_pcre2_takes_it_for) {
    std::vector<char32_t> asked;
    for (char32_t c = 0; c != 0x3100; ++c)
        asked.push_back(c);
    for (char32_t c = 0x3100; c < 0x110000; c += 97)
        asked.push_back(c);
    for (std::string_view const expression : {"\\w", "\\W", "\\d", "\\D", "\\s", "[^\\s\\d]", "[^\\x00-\\x7f]", "\\bx",
                                              "\\Bx", "(?i)[h-k]", "(?i)[^k-s]"}) {
        auto const compiled = regex::compile(expression, {}).value();
        auto const by_states = linear(expression);
        auto const by_pcre2 = [&](std::string_view text, regex::span& where) { return compiled->search(text, &where); };
        linear_tally all;
        for (auto const c : asked) {
            // To PCRE2 the Mongolian vowel separator is a space, to Python it is not.
            if (c == 0x180e || (c >= 0xd800 && c < 0xe000))
                continue;
            all.compare(expression, *by_states, by_pcre2, in_utf8(c) + "x");
        }
        BOOST_TEST(all.matches + all.misses > 20'000u);
    }
}

BOOST_AUTO_TEST_CASE(shipped_expressions_are_linear_unless_they_look_around) {
    std::size_t linear_ones = 0;
    std::vector<std::string> others;
    auto const visit = [&](auto const& self, condition const& node) -> void {
        if (node.expression) {
            auto const& why = node.expression->why_not_linear();
            if (why)
                others.push_back(why->message);
            else
                ++linear_ones;
        }
        for (auto const& child : node.children)
            self(self, child);
    };
    for (auto const& document : test::shipped_rules())
        if (document.definition)
            visit(visit, document.definition->match);
    BOOST_TEST(linear_ones > 50u);
    BOOST_TEST(std::ranges::all_of(others, [](auto const& each) { return each == "it looks around"; }));
}

BOOST_AUTO_TEST_CASE(feature_that_prevents_a_linear_search_is_named) {
    BOOST_TEST(obstacle("(?i)(?:a|b+?)*[^\\s;]{2,30}\\b$") == "none");
    BOOST_TEST(obstacle("a(?=b)") == "1: it looks around");
    BOOST_TEST(obstacle("ab(?<!c)d") == "2: it looks around");
    BOOST_TEST(obstacle("(a)b\\1") == "4: it refers back to a group");
    BOOST_TEST(obstacle("(?P<n>a)(?P=n)") == "8: it refers back to a group");
    BOOST_TEST(obstacle("(a)?(?(1)b|c)") == "4: it asks whether a group matched");
    BOOST_TEST(obstacle("(?>a)b") == "0: it has an atomic group");
    BOOST_TEST(obstacle("xa++b") == "2: it has a possessive repeat");
    BOOST_TEST(obstacle("(?:a|b*)+") == "8: it repeats a group that may be empty");
    BOOST_TEST(obstacle("(?:a|b*)?") == "none");
    BOOST_TEST(obstacle("caf\xc3\xa9") == "3: it names a character that is not ASCII");
    BOOST_TEST(obstacle("(?m:^a)b$") == "none");
    BOOST_TEST(obstacle("(?m)^a$") == "none");
    BOOST_TEST(obstacle("a{1001}") == "none");
    BOOST_TEST(obstacle("(?:a{50}b{50}){50}") == "0: it is too large once its repeats are written out");
}

BOOST_AUTO_TEST_CASE(words_end_beside_letters_of_every_script) {
    BOOST_TEST(found("\\bsh\\b", "\xc3\xa9sh sh") == "5-7");
    BOOST_TEST(found("\\bsh\\b", "sh\xd9\xa3 sh") == "5-7");
    BOOST_TEST(found("\\bsh\\b", "\xe2\x82\xacsh") == "3-5");
    BOOST_TEST(found("\\bsh\\b", "\xc5\xbfh sh", {.ignore_case = true}) == "0-3");
    BOOST_TEST(found("[a-z]\\B[0-9]\\b", "\xc3\xa9 a1\xc3\xa9 b2") == "8-10");
    BOOST_TEST(found("\\w+$", "x \xc3\xa9t\xc3\xa9\n") == "2-7");
}

BOOST_AUTO_TEST_CASE(dollar_matches_at_the_end_and_before_a_newline_there) {
    BOOST_TEST(found("a$", "a\na") == "2-3");
    BOOST_TEST(found("a$", "a\nb\na\n") == "4-5");
    BOOST_TEST(found("a$", "a\n\n").empty());
    BOOST_TEST(found("a\\s$", "a\n\n") == "0-2");
    BOOST_TEST(found("a\\Z", "a\n").empty());
    BOOST_TEST(found("a$\n", "a\nb\n").empty());
    BOOST_TEST(found("a$\n", "a\n") == "0-2");
    BOOST_TEST(found("(?m)^b$", "a\nb\nc") == "2-3");
    BOOST_TEST(found("(?m:^b)\\s?$", "a\nb\nb") == "4-5");
    BOOST_TEST(found("a.$", "a\n").empty());
    BOOST_TEST(found("(?s)a.b$", "x\na\nb") == "2-5");
    BOOST_TEST(found("[^x]$", "\xc3\xa9\n\xe2\x82\xac") == "3-6");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_match_nothing) {
    BOOST_TEST(found("a.b",
                     "a\xff"
                     "b")
                   .empty());
    BOOST_TEST(found("[^a]b",
                     "\xff"
                     "b")
                   .empty());
    BOOST_TEST(found("(?s).", "\xff\xfe\xed\xa0\x80").empty());
    BOOST_TEST(found("b",
                     "a\xff\xc0\x80"
                     "b") == "4-5");
}

BOOST_AUTO_TEST_CASE(texts_that_exhaust_the_metered_search_are_decided) {
    constexpr std::size_t size = 64 * 1024;
    std::string const letters(size, 'a');
    struct row {
        std::string_view expression;
        std::string text;
        outcome right;
    };
    for (auto const& each : {row{"(a+)+$", letters + "!", outcome::no_match}, row{"(a|aa)+$", letters, outcome::match},
                             row{".*.*[bc]", letters, outcome::no_match}, row{".*.*.*=", letters + "=", outcome::match},
                             row{"^(\\w+\\s?)+$", letters + " a", outcome::match},
                             row{"^(\\w+\\s?)+$", letters + "\xc3\xa9 a!", outcome::no_match},
                             row{"(?:\\w|\\d|_|[a-z])+[^\\x00-\\x7f]", letters, outcome::no_match},
                             row{"[a-z]{300,}!", repeated(std::string(299, 'a') + "?", size), outcome::no_match},
                             row{"(?:a|b.{0,200}c)d", repeated("bxbcb", size) + "d", outcome::no_match},
                             row{"\\bset\\s.{1,160}ssh-rsa", repeated("set x ", size) + "ssh-rsa", outcome::match}}) {
        auto const compiled = regex::compile(each.expression, {}).value();
        regex::allowance none{0};
        BOOST_TEST((compiled->search(each.text) == each.right), each.expression);
        BOOST_TEST((compiled->search(each.text, none) == each.right), each.expression);
    }
}

BOOST_AUTO_TEST_CASE(counted_repeats_that_make_too_many_states_are_stopped) {
    std::mt19937 random{1};
    std::string text;
    while (text.size() < 64 * 1024)
        text += random() % 2 == 0 ? 'a' : 'b';
    regex::allowance allowed;
    BOOST_TEST((linear("a[ab]{60}!")->search(text, allowed, nullptr).is == outcome::limit_hit));
    BOOST_TEST(allowed.left < regex::allowance::most);
    regex::span where;
    allowed = {};
    auto const answer = linear("a.{0,60}!")->search(text + "!", allowed, &where);
    BOOST_TEST((answer.is == outcome::match));
    BOOST_TEST(!answer.is_first);
    auto const is_right = [&](regex::span const& one) {
        return one.end == text.size() + 1 && one.end - one.begin > 2 && one.end - one.begin <= 62;
    };
    BOOST_TEST(is_right(where));
    // The answer is that of the metered search if it finishes, otherwise this one.
    regex::span both;
    BOOST_TEST((regex::compile("a.{0,60}!", {}).value()->search(text + "!", &both) == outcome::match));
    BOOST_TEST(both.end == where.end);
    BOOST_TEST(is_right(both));
}

BOOST_AUTO_TEST_CASE(one_search_serves_many_threads) {
    auto const by_states = linear("\\b(?:a+)+b$");
    std::vector<std::thread> threads;
    std::vector<int> right(4);
    for (auto& count : right)
        threads.emplace_back([&] {
            auto const search = [&](std::string_view text) {
                regex::allowance allowed;
                return by_states->search(text, allowed, nullptr).is;
            };
            for (int i = 0; i != 200; ++i) {
                count += search("xx aaab") == outcome::match;
                count += search("\xc3\xa9 aaab\n") == outcome::match;
                count += search("\xc3\xa9" + std::string(30, 'a')) == outcome::no_match;
            }
        });
    for (auto& each : threads)
        each.join();
    for (auto const count : right)
        BOOST_TEST(count == 600);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
