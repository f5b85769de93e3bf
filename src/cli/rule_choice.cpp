#include "cli/rule_choice.hpp"

#include "yaml/nearest.hpp"

#include <rulehost/rule_reader.hpp>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

/// Ids by name. A text that is bad has no name.
std::multimap<std::string, std::string> names_of(std::vector<rule_row> const& rows) {
    std::multimap<std::string, std::string> names;
    for (auto const& row : rows)
        for (auto const& document : read_rules(row.text, row.source_path))
            if (document.definition && document.rule_id == row.rule_id)
                names.emplace(document.definition->name, row.rule_id);
    return names;
}

} // namespace

std::string rule_choice::absence(std::string const& consequence) const {
    auto text = "no rule " + rule_id + " is live in this store" + (consequence.empty() ? "" : "; ") + consequence;
    for (auto const& each : similar)
        text += (&each == &similar.front() ? "; did you mean " : " or ") + each;
    return text + (similar.empty() ? "" : "?");
}

rule_choice choose_rule(std::string const& typed, std::vector<rule_row> const& rows) {
    rule_choice choice;
    choice.rule_id = typed;
    choice.is_present = std::ranges::find(rows, typed, &rule_row::rule_id) != rows.end();
    if (choice.is_present)
        return choice;
    auto const names = names_of(rows);
    std::vector<std::string_view> known;
    for (auto const& row : rows)
        known.push_back(row.rule_id);
    for (auto const& [name, rule_id] : names)
        known.push_back(name);
    auto const meant = names.contains(typed) ? typed : nearest(typed, known);
    auto const [first, last] = names.equal_range(meant);
    for (auto each = first; each != last; ++each)
        choice.similar.push_back(each->second);
    if (choice.similar.empty() && !meant.empty())
        choice.similar.push_back(meant); // an id
    if (meant == typed && choice.similar.size() == 1) {
        choice.rule_id = choice.similar.front();
        choice.is_present = true;
        choice.similar.clear();
    }
    return choice;
}

asio::awaitable<rule_choice> choose_rule(database_rule_store& store, std::string typed) {
    auto const rows = co_await store.list_rules();
    co_return choose_rule(typed, rows);
}

} // namespace rulehost::cli
