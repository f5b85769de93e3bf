#include "cli/selector_words.hpp"

#include "rule/decision_terms.hpp"

#include <stdexcept>

namespace rulehost::cli {

std::string as_selector(std::string const& word) {
    for (std::string const prefix : {"technique:", "tactic:"}) {
        try {
            read_selector(prefix + word);
            return prefix + word;
        } catch (std::invalid_argument const&) {}
    }
    return word;
}

bool selects_several(std::string const& selector) {
    try {
        return read_selector(selector).by != rule_selector::kind::id;
    } catch (std::invalid_argument const&) {
        return false;
    }
}

} // namespace rulehost::cli
