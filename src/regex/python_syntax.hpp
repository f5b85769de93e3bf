#pragma once

#include "regex/regex.hpp"
#include "regex/syntax_tree.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// An expression in PCRE2's spelling.
struct pcre_expression {
    std::string text;
    std::vector<std::size_t> origin; ///< for each byte of `text`, the offset in what the author wrote
};

enum class metering {
    none,
    callouts, ///< with numbered callouts at every place that a search can come to often
};

/// Which matches are looked for.
enum class beginning {
    anywhere,
    later, ///< behind the first character of the text: an alternative that begins with ^ is left out. Refused for an
           ///< expression that refers to its groups
};

/// The meaning of classes and of letters of either case.
enum class characters {
    as_pcre, ///< as PCRE2 reads them, which is enough for required literals
    ascii,   ///< as Python reads them in ASCII text
    unicode, ///< as Python reads them
};

/// How an expression is rewritten.
struct translation {
    metering meter = metering::none;
    beginning where = beginning::anywhere;
    characters meant = characters::as_pcre;
    bool ignore_case = false; ///< from the start, as well as where the expression says so
};

/// The numbers of the callouts. A search between two of them does a bounded amount of work, and each is told
/// enough to charge for it.
enum callout_number : unsigned {
    step = 0,           ///< something was repeated or chosen
    backreference = 1,  ///< a captured text is about to be compared
    first_branches = 2, ///< from here on: a choice between (number - first_branches) alternatives, or more at 255
};

/// Rewrites an expression from the syntax of Python's `re` (3.11, text patterns) to PCRE2's, with the same
/// meaning. What Python does not have is refused, and so is what PCRE2 cannot say. Errors that PCRE2 reports
/// just as well (an inverted range, a lookbehind of no fixed length) are left to it.
boost::system::result<pcre_expression, regex::problem> from_python_syntax(std::string_view expression,
                                                                          translation const& how = {});

/// The tree of an expression that from_python_syntax and PCRE2 take.
syntax_tree tree_of(std::string_view expression, regex::flags options);

} // namespace rulehost
