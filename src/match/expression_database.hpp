#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct hs_database;
struct hs_scratch;

namespace rulehost {

/// Whole expressions in one Vectorscan database, and nothing around it: the least that looking for all of them could
/// cost. Only a yardstick; what Vectorscan cannot say exactly it reports too often. One thread at a time.
class expression_database {
public:
    /// `expressions` as regex::pcre_syntax spells them. Takes long with thousands of them. Throws std::bad_alloc,
    /// std::runtime_error.
    explicit expression_database(std::vector<std::string> expressions);
    expression_database(expression_database&&) noexcept;
    ~expression_database();

    /// How many expressions are reported for `text`.
    std::size_t scan(std::string_view text) const;

    std::size_t left_out() const { return left_out_; } ///< expressions that Vectorscan does not take

private:
    struct releaser {
        void operator()(hs_database*) const;
        void operator()(hs_scratch*) const;
    };

    std::unique_ptr<hs_database, releaser> database_; ///< null when there is nothing to look for
    std::unique_ptr<hs_scratch, releaser> scratch_;
    std::size_t left_out_ = 0;
};

/// An expression that finds `text` itself.
std::string literal_expression(std::string_view text);

} // namespace rulehost
