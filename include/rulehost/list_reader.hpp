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
    /// A value that names another list.
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
    bool is_readable = true;             ///< false: which lists it defines is unknown
    std::vector<diagnostic> diagnostics; ///< every finding about this document alone
};

/// Reads the `lists:` documents of a text: those with a line that starts with `lists:` and none that starts with
/// `rule_id:`. Skips the others, which are rules (`read_rules` skips these). Never throws for any content of the text,
/// and an invalid document does not affect another. `path` is only quoted. Pure; safe from any thread.
std::vector<list_document> read_lists(std::string_view text, std::string_view path);

/// The lists of several documents, joined.
struct joined_lists {
    rule_lists lists;
    std::set<std::string> kept;          ///< names of the lists that keep their former values
    std::vector<diagnostic> diagnostics; ///< those of the documents, then those of names: duplicate, unknown, circular
};

/// Joins the lists of all documents. The first definition of a name in the order of rule files counts. An unusable list
/// keeps its values from `former`, the lists that were live until now; so does every list of a document that has become
/// unreadable. Every name that a list of the result mentions is in the result. Pure; linear except for invalid lists.
joined_lists join_lists(std::vector<list_document> const& documents, rule_lists const& former = {});

/// Names of the lists that differ between the two, or are in only one of them.
std::set<std::string> changed_lists(rule_lists const& before, rule_lists const& after);

} // namespace rulehost
