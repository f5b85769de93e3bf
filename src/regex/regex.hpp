#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

/// A compiled regular expression with the meaning of Python's `re.search` on text. PCRE2's JIT searches for it, and its work
/// is metered and limited, so that no text makes it slow. A text that takes it more than a step or so a byte is searched in
/// linear time instead (linear_search), unless the expression needs more than an automaton. Immutable; `search` is safe
/// from any thread (scratch memory is per thread).
class regex {
public:
    enum class outcome { match, no_match, limit_hit };
    struct span {
        std::size_t begin = 0; ///< in bytes
        std::size_t end = 0;
    };
    /// Why an expression does not compile, and where in it.
    struct problem {
        std::string message;
        std::size_t offset = 0; ///< in bytes
    };
    struct flags {
        bool ignore_case = false;
    };
    /// Remaining work that searches share. A unit is about a nanosecond.
    struct allowance {
        static constexpr std::size_t most = 800'000;
        std::size_t left = most;
    };

    static boost::system::result<std::shared_ptr<regex const>, problem> compile(std::string_view expression,
                                                                                flags options);

    ~regex();
    regex(regex const&) = delete;
    regex& operator=(regex const&) = delete;

    /// Looks for the expression anywhere in `text`. Invalid UTF-8 in `text` matches nothing and harms nothing.
    /// `limit_hit`: the work exceeded what was allowed; whether it matches is unknown. Of a linear expression only where its
    /// counted repeats make more states than the work allows.
    outcome search(std::string_view text, span* where = nullptr) const;
    outcome search(std::string_view text, allowance& allowed, span* where = nullptr) const;

    /// Makes the machine code that the first searches would make otherwise; takes about a tenth of a millisecond.
    void make_ready() const;

    /// The reason why the search is not linear, and its place; empty: it is. Found out at the first call.
    std::optional<problem> const& why_not_linear() const;

    std::string const& expression() const { return expression_; } ///< as authored
    std::string const& pcre_syntax() const {
        return pcre_syntax_;
    } ///< the same meaning, spelt for PCRE and its relatives
    flags options() const { return options_; }

private:
    struct program;
    outcome metered_search(std::string_view text, allowance& allowed, span* where) const;
    regex(std::string expression, std::string pcre_syntax, flags options, std::unique_ptr<program> compiled);

    std::string expression_;
    std::string pcre_syntax_;
    flags options_;
    std::unique_ptr<program> program_;
};

/// Makes `result::value()` throw std::invalid_argument for an expression that does not compile.
[[noreturn]] void throw_exception_from_error(regex::problem const&, boost::source_location const&);

} // namespace rulehost
