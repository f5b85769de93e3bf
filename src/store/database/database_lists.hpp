#pragma once

#include <rulehost/list_reader.hpp>
#include <rulehost/rule_change.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rulehost {

/// The lists of a database: its rows, and the lists that are live by them (`join_lists`: a bad row leaves its list as
/// it was). A value, for the loop as well as for a look at the database.
class database_lists {
public:
    /// Never null.
    rule_lists_ptr const& live() const { return live_; }

    /// Takes in what a row holds (JSON), or without values that it is gone. Returns the names of the live lists that
    /// this changes.
    std::set<std::string> put(std::string const& name, std::optional<std::string> const& values);
    /// The same of all rows, by name.
    std::set<std::string> replace(std::map<std::string, std::string> const& rows);

    /// About the rows as they are.
    std::vector<diagnostic> const& findings() const { return findings_; }
    std::vector<quarantined_rule> quarantine() const;
    /// The names of the lists that are live with older values than their bad rows have.
    std::set<std::string> const& kept() const { return kept_; }

    /// Starts from lists that were live earlier.
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
