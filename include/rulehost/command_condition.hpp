#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

class regex;

/// A rule's condition on the values of one key of a command: none, one or several texts. A value, immutable once read;
/// `$name` of a list is already expanded.
struct value_condition {
    enum class node {
        glob,    ///< one of them matches `text`
        pattern, ///< `expression` is found in one of them
        number,  ///< one of them is a number from `least` to `most`
        network, ///< one of them is an address in one of `networks`, or has one as its host
        named,   ///< an option or a variable whose name matches `text`; its value satisfies the child, if there is one
        count,   ///< there are from `least` to `most` of them
        any_of,  ///< one child holds
        all_of,  ///< every child holds, possibly for different values
        none_of, ///< no child holds
        except,  ///< one value satisfies the first child and not the second
    };

    node kind = node::glob;
    std::string text;
    std::vector<value_condition> children;
    std::shared_ptr<regex const> expression;
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
    std::vector<std::string> networks;
    std::size_t line = 0; ///< its source line, or that of the `$name` it came from
    std::size_t column = 0;
};

/// One map of `command`: conditions that a single command of a line must satisfy. A value, immutable once read.
struct command_condition {
    enum class key {
        program,
        via,
        place,
        reading,
        subcommand,
        option,
        operands,
        arguments,
        sets,
        reads,
        writes,
        appends,
        empties,
        deletes,
        makes_executable,
        runs,
        fetches,
        sends,
        connects,
        operand,
        argument,
        file,
        data,
        text,
        piped_to,
        piped_from,
    };
    static constexpr std::size_t key_count = static_cast<std::size_t>(key::piped_from) + 1;

    struct test {
        key of = key::program;
        value_condition value;                 ///< for every key but `piped_to` and `piped_from`
        std::vector<command_condition> others; ///< alternatives: a stage of the pipeline satisfies one of them
        bool none = false;                     ///< or no stage satisfies any
        std::size_t line = 0;
        std::size_t column = 0;
    };

    std::vector<test> tests; ///< ordered by key, the cheapest first
    bool ignore_case = false;
    std::size_t line = 0;
};

/// The name of the key in a rule.
std::string_view to_string(command_condition::key);

} // namespace rulehost
