#pragma once

#include <rulehost/diagnostic.hpp>
#include <rulehost/rule_lists.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// A list as one document defines it.
struct list_definition {
    /// A value that is the name of another list.
    struct mention {
        std::string name;
        std::size_t line = 0;
        std::size_t column = 0;
    };

    rule_list list;
    std::size_t column = 0;        ///< of its name
    std::vector<mention> mentions; ///< in the order of the text
    bool is_good = true;           ///< false: its definition has an error
};

/// One `lists:` document of a file.
struct list_document {
    std::string path;
    std::string text; ///< the author's bytes of this document
    std::size_t line = 1;
    std::vector<list_definition> lists;  ///< in the order of the text
    bool is_readable = true;             ///< false: which lists it defines cannot be told
    std::vector<diagnostic> diagnostics; ///< every finding about the document by itself
};

/// Reads the `lists:` documents of a text: those with a line that starts with `lists:` and none that starts with
/// `rule_id:`. The others are rules, and passed over (`read_rules` passes over these). Never throws for what the text
/// holds, and one document never spoils another. `path` is only quoted. Pure; safe from any thread.
std::vector<list_document> read_lists(std::string_view text, std::string_view path);

/// The lists of several documents, joined.
struct joined_lists {
    rule_lists lists;
    std::set<std::string> kept;          ///< the names of those that stay what they were
    std::vector<diagnostic> diagnostics; ///< those of the documents, then of names: defined twice, unknown, in a circle
};

/// Joins the lists of all documents. The first definition of a name in the order of rule files counts. A list that
/// cannot be used stays what it is in `former`, the lists that were live until now; so do all that a document defined
/// there that is not readable any more. Every name that a list of the result mentions is in the result. Pure; linear
/// but for the lists that are bad.
joined_lists join_lists(std::vector<list_document> const& documents, rule_lists const& former = {});

/// The names of the lists that are in one of the two and not with the same values in the other.
std::set<std::string> changed_lists(rule_lists const& before, rule_lists const& after);

} // namespace rulehost
