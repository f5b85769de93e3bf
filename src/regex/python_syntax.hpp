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
    std::vector<std::size_t> origin; ///< for each byte of `text`, its offset in the author's expression
};

enum class metering {
    none,
    callouts, ///< numbered callouts at every place that a search may pass often
};

/// Matches to find.
enum class beginning {
    anywhere,
    later, ///< after the first character of the text: omits alternatives that begin with ^. An error for an
           ///< expression with references to groups
};

/// Meaning of classes and of letters if case is ignored.
enum class characters {
    as_pcre, ///< as in PCRE2, which is enough for required literals
    ascii,   ///< as in Python, for ASCII text
    unicode, ///< as in Python
};

/// Options of a rewrite.
struct translation {
    metering meter = metering::none;
    beginning where = beginning::anywhere;
    characters meant = characters::as_pcre;
    bool ignore_case = false; ///< from the start, besides the expression's own flags
};

/// Numbers of the callouts. A search does a bounded amount of work between two callouts, and the number is enough to
/// charge for it.
enum callout_number : unsigned {
    step = 0,           ///< after a repetition or a choice
    backreference = 1,  ///< before a comparison with a captured text
    first_branches = 2, ///< from here on: before a choice between (number - first_branches) alternatives; 255: or more
};

/// Rewrites an expression from the syntax of Python's `re` (3.11, text patterns) to PCRE2's, with the same meaning.
/// Rejects syntax that Python lacks or PCRE2 cannot express. Leaves errors that PCRE2 reports just as well (an inverted
/// range, a lookbehind without a fixed length) to PCRE2.
boost::system::result<pcre_expression, regex::problem> from_python_syntax(std::string_view expression,
                                                                          translation const& how = {});

/// Tree of an expression that from_python_syntax and PCRE2 accept.
syntax_tree tree_of(std::string_view expression, regex::flags options);

} // namespace rulehost
