#include "regex/python_syntax.hpp"

#include "regex/python_translator.hpp"

namespace rulehost {

boost::system::result<pcre_expression, regex::problem> from_python_syntax(std::string_view expression,
                                                                          translation const& how) {
    try {
        return python_translator(expression, how).run();
    } catch (regex::problem const& found) {
        return found;
    }
}

syntax_tree tree_of(std::string_view expression, regex::flags options) {
    try {
        return python_translator(expression, {.meant = characters::unicode, .ignore_case = options.ignore_case})
            .run_for_tree();
    } catch (regex::problem const& found) {
        return {{}, found};
    }
}

} // namespace rulehost
