#include "shell/text/arithmetic.hpp"

#include "shell/text/letters.hpp"

#include <limits>

namespace rulehost::shell {

namespace {

using number = std::int64_t;

number wrap(std::uint64_t value) {
    return static_cast<number>(value);
}
std::uint64_t bits(number value) {
    return static_cast<std::uint64_t>(value);
}

/// Precedence climbing. An error makes the whole expression unknown.
class evaluator {
public:
    evaluator(std::string_view text, arithmetic_variables const& variables) : text_(text), variables_(&variables) {}

    std::optional<number> run() {
        auto const value = comma();
        skip();
        if (!good_ || at_ != text_.size())
            return {};
        return value;
    }

private:
    void skip() {
        while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == '\n'))
            ++at_;
    }
    bool take(std::string_view expected) {
        skip();
        if (!text_.substr(at_).starts_with(expected))
            return false;
        at_ += expected.size();
        return true;
    }
    char ahead(std::size_t by = 0) const { return at_ + by < text_.size() ? text_[at_ + by] : '\0'; }

    number fail() {
        good_ = false;
        return 0;
    }

    number comma() {
        auto value = choice();
        while (good_ && take(","))
            value = choice();
        return value;
    }

    number choice() {
        if (++depth_ > 64)
            return fail();
        auto value = binary(0);
        if (good_ && take("?")) {
            auto const yes = choice();
            if (!take(":"))
                fail();
            auto const no = choice();
            value = value != 0 ? yes : no;
        }
        --depth_;
        return value;
    }

    struct sign {
        std::string_view text;
        int level;
    };
    /// Longer operators first.
    static constexpr sign signs[]{{"||", 1}, {"&&", 2},  {"==", 6}, {"!=", 6}, {"<=", 7}, {">=", 7}, {"<<", 8},
                                  {">>", 8}, {"**", 11}, {"|", 3},  {"^", 4},  {"&", 5},  {"<", 7},  {">", 7},
                                  {"+", 9},  {"-", 9},   {"*", 10}, {"/", 10}, {"%", 10}};

    sign const* operation() {
        skip();
        for (auto const& each : signs)
            if (text_.substr(at_).starts_with(each.text))
                return ahead(each.text.size()) == '=' && each.level != 6 && each.level != 7 ? nullptr : &each;
        return nullptr;
    }

    number binary(int level) {
        auto left = unary();
        while (good_) {
            auto const* const found = operation();
            if (found == nullptr || found->level <= level)
                break;
            at_ += found->text.size();
            auto const right = binary(found->text == "**" ? found->level - 1 : found->level);
            left = apply(found->text, left, right);
        }
        return left;
    }

    number apply(std::string_view op, number left, number right) {
        if (op == "+")
            return wrap(bits(left) + bits(right));
        if (op == "-")
            return wrap(bits(left) - bits(right));
        if (op == "*")
            return wrap(bits(left) * bits(right));
        if (op == "/" || op == "%") {
            if (right == 0)
                return fail();
            if (right == -1)
                return op == "/" ? wrap(0 - bits(left)) : 0;
            return op == "/" ? left / right : left % right;
        }
        if (op == "**") {
            if (right < 0 || right > 64)
                return fail();
            std::uint64_t value = 1;
            for (number i = 0; i < right; ++i)
                value *= bits(left);
            return wrap(value);
        }
        if (op == "<<")
            return wrap(bits(left) << (bits(right) & 63));
        if (op == ">>")
            return left >> (bits(right) & 63);
        if (op == "<")
            return left < right;
        if (op == ">")
            return left > right;
        if (op == "<=")
            return left <= right;
        if (op == ">=")
            return left >= right;
        if (op == "==")
            return left == right;
        if (op == "!=")
            return left != right;
        if (op == "&")
            return left & right;
        if (op == "^")
            return left ^ right;
        if (op == "|")
            return left | right;
        if (op == "&&")
            return left != 0 && right != 0;
        return left != 0 || right != 0;
    }

    number unary() {
        if (++depth_ > 64)
            return fail();
        skip();
        number value = 0;
        if (take("++") || take("--")) {
            auto const up = text_[at_ - 1] == '+';
            auto const name = identifier();
            if (name.empty())
                return fail();
            value = wrap(bits(get(name)) + (up ? 1U : ~std::uint64_t{0}));
            set(name, value);
        } else if (take("-")) {
            value = wrap(0 - bits(unary()));
        } else if (take("+")) {
            value = unary();
        } else if (take("!")) {
            value = unary() == 0;
        } else if (take("~")) {
            value = ~unary();
        } else {
            value = primary();
        }
        --depth_;
        return value;
    }

    std::string_view identifier() {
        skip();
        auto const from = at_;
        if (starts_name(ahead()))
            while (is(ahead(), letter_name))
                ++at_;
        return text_.substr(from, at_ - from);
    }

    number get(std::string_view name) {
        auto const value = variables_->get(name);
        return value ? *value : fail();
    }
    void set(std::string_view name, number value) {
        if (good_)
            variables_->set(name, value);
    }

    number primary() {
        if (take("(")) {
            auto const value = comma();
            return take(")") ? value : fail();
        }
        skip();
        if (is(ahead(), letter_digit))
            return literal();
        auto const name = identifier();
        if (name.empty())
            return fail();
        if (ahead() == '[')
            return fail();
        skip();
        if (ahead() == '=' && ahead(1) != '=') {
            ++at_;
            auto const value = choice();
            set(name, value);
            return value;
        }
        for (std::string_view const each : {"<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="}) {
            if (take(each)) {
                auto const right = choice();
                auto const value = apply(each.substr(0, each.size() - 1), get(name), right);
                set(name, value);
                return value;
            }
        }
        auto const value = get(name);
        if (ahead() == '+' && ahead(1) == '+') {
            at_ += 2;
            set(name, wrap(bits(value) + 1));
        } else if (ahead() == '-' && ahead(1) == '-') {
            at_ += 2;
            set(name, wrap(bits(value) - 1));
        }
        return value;
    }

    number literal() {
        std::uint64_t base = 10;
        if (ahead() == '0' && (ahead(1) == 'x' || ahead(1) == 'X')) {
            base = 16;
            at_ += 2;
        } else if (ahead() == '0') {
            base = 8;
        }
        std::uint64_t value = 0;
        while (is(ahead(), letter_name)) {
            auto const c = ahead();
            std::uint64_t const digit = c >= '0' && c <= '9' ? static_cast<std::uint64_t>(c - '0')
                : c >= 'a' && c <= 'z'                       ? static_cast<std::uint64_t>(c - 'a') + 10
                : c >= 'A' && c <= 'Z' ? static_cast<std::uint64_t>(c - 'A') + (base > 36 ? 36 : 10)
                                       : 62;
            if (digit >= base)
                return fail();
            value = value * base + digit;
            ++at_;
            if (ahead() == '#' && base == 10 && value >= 2 && value <= 64) {
                base = value;
                value = 0;
                ++at_;
            }
        }
        return wrap(value);
    }

    std::string_view text_;
    arithmetic_variables const* variables_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    bool good_ = true;
};

} // namespace

std::optional<std::int64_t> arithmetic_value(std::string_view expression, arithmetic_variables const& variables) {
    return evaluator(expression, variables).run();
}

} // namespace rulehost::shell
