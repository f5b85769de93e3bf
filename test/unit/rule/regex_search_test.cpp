// However a text is searched (as bytes or as characters, from its start or from later on), what is found is the same.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "rule/python_syntax.hpp"
#include "rule/regex.hpp"
#include "rule/slow_texts.hpp"
#include "yaml/utf8.hpp"

#include "support/generated_conditions.hpp"

#include <rulehost/rule_reader.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

namespace rulehost {

namespace {

struct found {
    std::size_t begin;
    std::size_t end;

    bool operator==(found const&) const = default;
};

/// What PCRE2 makes of an expression when it is left alone with it: characters, no meter, no machine code. (Beside an
/// invalid byte its interpreter and its compiler do not quite agree about \b and \Z; that is not compared.)
class plain_search {
public:
    explicit plain_search(regex const& expression) {
        int error = 0;
        std::size_t offset = 0;
        auto const& text = expression.pcre_syntax();
        code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                                  PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_ALT_CIRCUMFLEX |
                                      (expression.options().ignore_case ? PCRE2_CASELESS : 0u),
                                  &error, &offset, nullptr));
        BOOST_REQUIRE(code_);
        data_.reset(pcre2_match_data_create(1, nullptr));
    }

    std::optional<found> operator()(std::string_view text) const {
        auto const result =
            pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, data_.get(), nullptr);
        if (result < 0)
            return {};
        auto const* const offsets = pcre2_get_ovector_pointer(data_.get());
        return found{offsets[0], offsets[1]};
    }

private:
    struct releaser {
        void operator()(pcre2_code* code) const { pcre2_code_free(code); }
        void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
    };
    std::unique_ptr<pcre2_code, releaser> code_;
    std::unique_ptr<pcre2_match_data, releaser> data_;
};

/// Counts texts that were found and not; a limit says nothing.
struct tally {
    std::size_t matches = 0;
    std::size_t misses = 0;

    void compare(regex const& expression, plain_search const& plain, std::string_view text) {
        regex::span where;
        auto const outcome = expression.search(text, &where);
        if (outcome == regex::outcome::limit_hit)
            return;
        auto const expected = plain(text);
        auto const seen = outcome == regex::outcome::match ? std::optional(found{where.begin, where.end}) : std::nullopt;
        ++(expected ? matches : misses);
        BOOST_TEST((seen == expected), expression.expression() << " in " << boost::json::value(text));
    }
};

std::string only_ascii(std::string text) {
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    return text;
}

std::string later(std::string_view expression) {
    auto const made = from_python_syntax(expression, metering::none, beginning::later);
    return made ? made->text : "refused";
}

} // namespace

BOOST_AUTO_TEST_SUITE(searches)

BOOST_AUTO_TEST_CASE(generated_expressions_find_what_plain_search_finds) {
    auto const* const given = std::getenv("RULEHOST_SEED");
    auto const seed = given ? std::strtoull(given, nullptr, 10) : 20'260'101;
    BOOST_TEST_CONTEXT("seed " << seed) {
        test::condition_generator generate{seed};
        tally of_ascii;
        tally of_valid;
        for (int i = 0; i != 2000; ++i) {
            auto const expression = generate.any_regex(generate.below(2) == 0);
            plain_search const plain{*expression};
            for (int j = 0; j != 20; ++j) {
                auto const text = generate.text();
                of_ascii.compare(*expression, plain, only_ascii(text));
                of_valid.compare(*expression, plain, to_valid_utf8(text));
            }
        }
        BOOST_TEST(of_ascii.matches > 4000u);
        BOOST_TEST(of_ascii.misses > 4000u);
        BOOST_TEST(of_valid.matches > 4000u);
    }
}

BOOST_AUTO_TEST_CASE(shipped_expressions_find_what_plain_search_finds) {
    tally all;
    auto const visit = [&](auto const& self, condition const& node) -> void {
        if (node.expression) {
            plain_search const plain{*node.expression};
            for (auto const& text : slow_texts(node.expression->pcre_syntax(), 300)) {
                all.compare(*node.expression, plain, text);
                all.compare(*node.expression, plain, text.substr(1));
            }
        }
        for (auto const& child : node.children)
            self(self, child);
    };
    for (auto const& file : std::filesystem::recursive_directory_iterator{RULEHOST_SOURCE_DIR "/rules"}) {
        std::ifstream in{file.path(), std::ios::binary};
        std::string const text{std::istreambuf_iterator<char>{in}, {}};
        for (auto const& document : read_rules(text, file.path().filename().string()))
            if (document.definition)
                visit(visit, document.definition->match);
    }
    BOOST_TEST(all.matches > 1000u);
    BOOST_TEST(all.misses > 10'000u);
}

BOOST_AUTO_TEST_CASE(what_begins_at_the_start_of_the_text_is_not_looked_for_behind_it) {
    BOOST_TEST(later("(?:^|[ (])cp ") == "(?:[ (])cp ");
    BOOST_TEST(later("(?:[ (]|^)cp ") == "(?:[ (])cp ");
    BOOST_TEST(later("a|^b|\\Ac|d") == "a|d");
    BOOST_TEST(later("(?i)^a|b") == "(?i)b");
    BOOST_TEST(later("(?:^a|b){2}") == "(?:b){2}");
    BOOST_TEST(later("x(?:^|,)y") == "x(?:,)y");
}

BOOST_AUTO_TEST_CASE(what_may_begin_behind_the_start_as_well_stays) {
    BOOST_TEST(later("^a|^b") == "^b"); // one must be left
    BOOST_TEST(later("(?:^)a") == "(?:^)a");
    BOOST_TEST(later("(?m)^a|b") == "(?m)^a|b");
    BOOST_TEST(later("(?m:^a|b)|c") == "(?m:^a|b)|c");
    BOOST_TEST(later("(?<=^a|^b)c") == "(?<=^a|^b)c");
    BOOST_TEST(later("a^|b") == "a^|b");
    BOOST_TEST(later("\\^|b") == "\\x{5e}|b");
    BOOST_TEST(later("[^a]|b") == "[^a]|b");
    BOOST_TEST(later("(?:^(a)|b)(c)\\2") == "refused");
    BOOST_TEST(later("(?:^|(a))(?(1)b|c)") == "refused");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace rulehost
