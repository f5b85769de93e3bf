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

} // namespace rulehost
