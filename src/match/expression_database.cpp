#include "match/expression_database.hpp"

#include <hs/hs.h>

#include <cstdlib>
#include <new>
#include <numeric>
#include <stdexcept>

namespace rulehost {

namespace {

// One report per expression, without exact offsets.
constexpr unsigned flags = HS_FLAG_SINGLEMATCH | HS_FLAG_PREFILTER | HS_FLAG_ALLOWEMPTY;

bool is_taken(std::string const& expression) {
    hs_expr_info_t* information = nullptr;
    hs_compile_error_t* error = nullptr;
    auto const result = hs_expression_info(expression.c_str(), flags, &information, &error);
    std::free(information);
    hs_free_compile_error(error);
    return result == HS_SUCCESS;
}

int count_match(unsigned, unsigned long long, unsigned long long, unsigned, void* to) {
    ++*static_cast<std::size_t*>(to);
    return 0;
}

} // namespace

void expression_database::releaser::operator()(hs_database* database) const {
    hs_free_database(database);
}

void expression_database::releaser::operator()(hs_scratch* scratch) const {
    hs_free_scratch(scratch);
}

expression_database::expression_database(std::vector<std::string> expressions) {
    left_out_ = std::erase_if(expressions, [](std::string const& one) { return !is_taken(one); });
    while (!expressions.empty() && !database_) {
        std::vector<char const*> texts;
        for (auto const& one : expressions)
            texts.push_back(one.c_str());
        std::vector<unsigned> const all_flags(texts.size(), flags);
        std::vector<unsigned> ids(texts.size());
        std::iota(ids.begin(), ids.end(), 0u);
        hs_database_t* database = nullptr;
        hs_compile_error_t* error = nullptr;
        if (hs_compile_multi(texts.data(), all_flags.data(), ids.data(), static_cast<unsigned>(texts.size()),
                             HS_MODE_BLOCK, nullptr, &database, &error) == HS_SUCCESS) {
            database_.reset(database);
            break;
        }
        auto const culprit = error->expression;
        std::string const message = error->message;
        hs_free_compile_error(error);
        if (culprit < 0)
            throw std::runtime_error("cannot build a database of expressions: " + message);
        expressions.erase(expressions.begin() + culprit);
        ++left_out_;
    }
    hs_scratch_t* scratch = nullptr;
    if (database_ && hs_alloc_scratch(database_.get(), &scratch) != HS_SUCCESS)
        throw std::bad_alloc();
    scratch_.reset(scratch);
}

expression_database::expression_database(expression_database&&) noexcept = default;
expression_database::~expression_database() = default;

std::size_t expression_database::scan(std::string_view text) const {
    std::size_t hits = 0;
    if (database_)
        hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch_.get(), count_match,
                &hits);
    return hits;
}

std::string literal_expression(std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    std::string expression;
    for (char const c : text) {
        auto const byte = static_cast<unsigned char>(c);
        expression += "\\x";
        expression += digits[byte >> 4];
        expression += digits[byte & 0xf];
    }
    return expression;
}

} // namespace rulehost
