#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct hs_database;
struct hs_scratch;

namespace rulehost {

/// Whole expressions in one bare Vectorscan database: the lower bound of the cost of searching all of them.
/// For benchmarks only: Vectorscan over-reports inexact matches. One thread at a time.
class expression_database {
public:
    /// `expressions` as regex::pcre_syntax spells them. Takes long with thousands of them. Throws std::bad_alloc,
    /// std::runtime_error.
    explicit expression_database(std::vector<std::string> expressions);
    expression_database(expression_database&&) noexcept;
    ~expression_database();

    /// How many expressions are reported for `text`.
    std::size_t scan(std::string_view text) const;

    std::size_t left_out() const { return left_out_; } ///< expressions that Vectorscan rejects

private:
    struct releaser {
        void operator()(hs_database*) const;
        void operator()(hs_scratch*) const;
    };

    std::unique_ptr<hs_database, releaser> database_; ///< null without expressions
    std::unique_ptr<hs_scratch, releaser> scratch_;
    std::size_t left_out_ = 0;
};

/// An expression that matches `text` literally.
std::string literal_expression(std::string_view text);

} // namespace rulehost
