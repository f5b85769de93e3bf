#pragma once

#include <rulehost/list_reader.hpp>
#include <rulehost/rule_change.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rulehost {

/// The lists of a database: its rows, and the live lists that follow from them (`join_lists`: an invalid row leaves its
/// list unchanged). A value, used on the loop and in database calls.
class database_lists {
public:
    /// Never null.
    rule_lists_ptr const& live() const { return live_; }

    /// Sets the values of a row (JSON); empty: the row was removed. Returns the names of the live lists that changed.
    std::set<std::string> put(std::string const& name, std::optional<std::string> const& values);
    /// The same for all rows, by name.
    std::set<std::string> replace(std::map<std::string, std::string> const& rows);

    /// Findings about the current rows.
    std::vector<diagnostic> const& findings() const { return findings_; }
    std::vector<quarantined_rule> quarantine() const;
    /// Names of the lists that are live with older values because their rows are invalid.
    std::set<std::string> const& kept() const { return kept_; }

    /// Restores lists that were live earlier.
    void restore(rule_lists lists);

private:
    std::set<std::string> join();

    std::map<std::string, list_document> rows_;
    rule_lists_ptr live_ = std::make_shared<rule_lists>();
    std::vector<diagnostic> findings_;
    std::set<std::string> kept_;
};

/// The text of a list for its row.
std::string row_text(rule_list const& list);

} // namespace rulehost
