#pragma once

#include "sql/tag_query.hpp"

#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace rulehost::cli {

/// The options that choose stored tags: --since, --until, --session, --attacker, --sensor, --src, --technique, --rule and
/// --min-confidence.
struct tag_choice {
    std::string since;
    std::string until;
    std::string source;
    tag_filter which;
};

void add_tag_choice(CLI::App& command, tag_choice& choice);

/// Fills `which` from the texts. Throws std::invalid_argument, which names the option. Prints a hint for a technique that
/// ATT&CK does not have, which an older tag may.
void read_tag_choice(tag_choice& choice);

/// Replaces a rule's name by its id; prints a hint when the rule has no tag. A deleted rule has tags, but no name any more.
/// False: neither a rule nor the rule of a tag is named so.
bool find_rule_of(tag_choice& choice, session& sql, std::string const& store);

} // namespace rulehost::cli
