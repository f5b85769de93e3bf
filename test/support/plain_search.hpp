#pragma once

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "regex/python_syntax.hpp"
#include "regex/regex.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rulehost::test {

/// Plain PCRE2 search over characters, without meter or machine code. Not for texts with invalid bytes, beside which
/// PCRE2's interpreter and its compiler differ about \b and \Z.
class plain_search {
public:
    explicit plain_search(regex const& expression) : data_(pcre2_match_data_create(1, nullptr)) {
        std::unique_ptr<pcre2_compile_context, releaser> const context(pcre2_compile_context_create(nullptr));
        pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
        int error = 0;
        std::size_t offset = 0;
        // With Python's classes and letters: to PCRE2 a dotless i has no other case.
        auto const spelt = from_python_syntax(
            expression.expression(), {.meant = characters::unicode, .ignore_case = expression.options().ignore_case});
        auto const& text = spelt.value().text;
        code_.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(),
                                  PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_ALT_CIRCUMFLEX |
                                      (expression.options().ignore_case ? PCRE2_CASELESS : 0u),
                                  &error, &offset, context.get()));
        if (!code_)
            throw std::invalid_argument("PCRE2 does not take " + text);
        limit_.reset(pcre2_match_context_create(nullptr));
        pcre2_set_match_limit(limit_.get(), 200'000);
    }

    /// `limit_hit`: the search takes too long.
    regex::outcome operator()(std::string_view text, regex::span& where) const {
        auto const result = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0,
                                        data_.get(), limit_.get());
        if (result < 0)
            return result == PCRE2_ERROR_NOMATCH ? regex::outcome::no_match : regex::outcome::limit_hit;
        auto const* const offsets = pcre2_get_ovector_pointer(data_.get());
        where = {offsets[0], offsets[1]};
        return regex::outcome::match;
    }

private:
    struct releaser {
        void operator()(pcre2_code* code) const { pcre2_code_free(code); }
        void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
        void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
        void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
    };
    std::unique_ptr<pcre2_code, releaser> code_;
    std::unique_ptr<pcre2_match_data, releaser> data_;
    std::unique_ptr<pcre2_match_context, releaser> limit_;
};

/// The text without characters beyond ASCII.
inline std::string only_ascii(std::string text) {
    std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    return text;
}

/// Agreement of a rule's search with plain search on a text of valid UTF-8; `not_compared` if one of them gives up.
enum class agreement { on_a_match, on_none, not_compared, none };

inline agreement compare(regex const& expression, plain_search const& plain, std::string_view text) {
    regex::span seen;
    regex::span expected;
    auto const outcome = expression.search(text, &seen);
    auto const right = plain(text, expected);
    if (outcome == regex::outcome::limit_hit || right == regex::outcome::limit_hit)
        return agreement::not_compared;
    if (outcome != right || seen.begin != expected.begin || seen.end != expected.end)
        return agreement::none;
    return right == regex::outcome::match ? agreement::on_a_match : agreement::on_none;
}

} // namespace rulehost::test
