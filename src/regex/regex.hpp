#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

/// A compiled regular expression with the meaning of Python's `re.search` on text. PCRE2's JIT searches first, with
/// metered and limited work, so that no text makes it slow. If it needs more than about a step per byte, a search in
/// linear time (linear_search) takes over, unless the expression needs more than an automaton. Immutable; `search` is
/// safe from any thread (scratch memory is per thread).
class regex {
public:
    enum class outcome { match, no_match, limit_hit };
    struct span {
        std::size_t begin = 0; ///< in bytes
        std::size_t end = 0;
    };
    /// Reason why an expression does not compile, and the offset of the error in it.
    struct problem {
        std::string message;
        std::size_t offset = 0; ///< in bytes
    };
    struct flags {
        bool ignore_case = false;
    };
    /// Remaining work of one or more searches, in units of about a nanosecond.
    struct allowance {
        static constexpr std::size_t most = 800'000;
        std::size_t left = most;
    };

    /// Compiles an expression of at most 16 KiB.
    static boost::system::result<std::shared_ptr<regex const>, problem> compile(std::string_view expression,
                                                                                flags options);

    ~regex();
    regex(regex const&) = delete;
    regex& operator=(regex const&) = delete;

    /// Searches anywhere in `text`; a match sets `where`, if not null. Invalid UTF-8 in `text` matches nothing. Charges
    /// its work to `allowed`. `limit_hit`: the work exceeded `allowed`, and whether the text matches is unknown; with a
    /// linear expression, only if counted repeats need too many states.
    outcome search(std::string_view text, span* where = nullptr) const;
    outcome search(std::string_view text, allowance& allowed, span* where = nullptr) const;

    /// Makes the machine code of the first searches in advance; takes about a tenth of a millisecond.
    void make_ready() const;

    /// Reason why there is no linear search, and its place; empty: there is one. Computed at the first call.
    std::optional<problem> const& why_not_linear() const;

    std::string const& expression() const { return expression_; } ///< as authored
    std::string const& pcre_syntax() const {
        return pcre_syntax_;
    } ///< the same meaning, spelt for PCRE and its relatives
    flags options() const { return options_; }
    std::size_t size() const; ///< of the compiled program, in bytes, without machine code

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
