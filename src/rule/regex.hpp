#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace rulehost {

/// A compiled regular expression with the meaning of Python's `re.search` on text, on PCRE2's JIT with match
/// and depth limits. Immutable; `search` is safe from any thread (scratch memory is per thread).
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

    static boost::system::result<std::shared_ptr<regex const>, problem> compile(std::string_view expression, flags options);

    ~regex();
    regex(regex const&) = delete;
    regex& operator=(regex const&) = delete;

    /// Looks for the expression anywhere in `text`. Invalid UTF-8 in `text` matches nothing and harms nothing.
    /// `limit_hit`: the work exceeded the limits; whether it matches is unknown.
    outcome search(std::string_view text, span* where = nullptr) const;

    std::string const& expression() const { return expression_; } ///< as authored
    flags options() const { return options_; }

private:
    struct program;
    regex(std::string expression, flags options, std::unique_ptr<program> compiled);

    std::string expression_;
    flags options_;
    std::unique_ptr<program> program_;
};

} // namespace rulehost
