#include "cli/rules/rule_choice.hpp"

#include "store/database/database_lists.hpp"
#include "yaml/nearest.hpp"

#include <rulehost/rule_reader.hpp>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

std::string name_of(rule_row const& row, rule_lists const& lists) {
    for (auto const& document : read_rules(row.text, row.source_path, lists))
        if (document.definition && document.rule_id == row.rule_id)
            return document.definition->name;
    return {};
}

} // namespace

std::string rule_choice::absence(std::string const& consequence) const {
    auto text = "no rule " + rule_id + " is live here" + (consequence.empty() ? "" : "; ") + consequence;
    for (auto const& each : similar)
        text += (&each == &similar.front() ? "; did you mean " : " or ") + each;
    return text + (similar.empty() ? "" : "?");
}

rule_choice choose_rule(std::string const& typed, std::vector<known_rule> const& rules) {
    rule_choice choice;
    choice.rule_id = typed;
    choice.is_present = std::ranges::find(rules, typed, &known_rule::rule_id) != rules.end();
    if (choice.is_present)
        return choice;
    std::vector<std::string_view> known;
    for (auto const& each : rules) {
        known.push_back(each.rule_id);
        known.push_back(each.name);
    }
    auto const meant = !typed.empty() && std::ranges::find(known, typed) != known.end() ? typed : nearest(typed, known);
    for (auto const& each : rules)
        if (!meant.empty() && (each.name == meant || each.rule_id == meant))
            choice.similar.push_back(each.rule_id);
    if (meant == typed && choice.similar.size() == 1) {
        choice.rule_id = choice.similar.front();
        choice.is_present = true;
        choice.similar.clear();
    }
    return choice;
}

rule_choice choose_rule(std::string const& typed, rule_snapshot const& snapshot) {
    std::vector<known_rule> known;
    for (auto const& each : snapshot.rules)
        known.push_back({each->definition().rule_id, each->definition().name});
    for (auto const& each : snapshot.quarantine)
        if (!each.rule_id.empty())
            known.push_back({each.rule_id, {}});
    return choose_rule(typed, known);
}

rule_choice choose_rule(std::string const& typed, std::vector<rule_row> const& rows,
                        std::vector<list_row> const& list_rows) {
    bool const is_id = std::ranges::find(rows, typed, &rule_row::rule_id) != rows.end();
    std::map<std::string, std::string> values;
    if (!is_id)
        for (auto const& row : list_rows)
            values.emplace(row.name, row.values);
    database_lists lists;
    lists.replace(values);
    std::vector<known_rule> rules;
    for (auto const& row : rows)
        rules.push_back({row.rule_id, is_id ? std::string() : name_of(row, *lists.live())});
    return choose_rule(typed, rules);
}

asio::awaitable<rule_choice> choose_rule(database_rule_store& store, std::string typed) {
    auto const rows = co_await store.list_rules();
    auto const lists = co_await store.list_lists();
    co_return choose_rule(typed, rows, lists);
}

rule_choice choose_past_rule(rule_history const& history, std::string const& typed, revision at) {
    auto const past = history.contents(at);
    std::vector<rule_row> rows;
    for (auto const& each : past.held.rules)
        rows.push_back({each.rule_id, each.yaml_content, each.source_path, each.updated_by, each.revision});
    std::vector<list_row> lists;
    for (auto const& each : past.held.lists)
        lists.push_back({each.name, each.values, each.source_path, each.updated_by, each.revision});
    return choose_rule(typed, rows, lists);
}

compiled_rule_ptr find_rule(std::vector<compiled_rule_ptr> const& rules, std::string_view rule_id) {
    auto const found = std::ranges::find(
        rules, rule_id, [](compiled_rule_ptr const& each) -> std::string_view { return each->definition().rule_id; });
    return found == rules.end() ? nullptr : *found;
}

} // namespace rulehost::cli
