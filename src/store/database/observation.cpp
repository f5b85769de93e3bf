#include "store/database/observation.hpp"

#include "sql/rule_rows.hpp"
#include "store/database/past_rules.hpp"
#include "store/state_table.hpp"
#include "text/failure_reason.hpp"

#include <rulehost/rule_reader.hpp>
#include <rulehost/rule_store.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t page_size = 500;

observed_decision as_observed(stored_change change) {
    observed_decision observed;
    observed.id = to_revision(change.rule_id);
    if (std::holds_alternative<deletion>(change.value)) {
        observed.value = deletion{};
    } else if (auto* const made = std::get_if<decision>(&change.value)) {
        auto why = why_unusable(*made);
        if (why.empty())
            observed.value = std::move(*made);
        else
            observed.value = malformed_value{std::move(why)};
    } else {
        observed.value = std::get<malformed_value>(std::move(change.value));
    }
    return observed;
}

} // namespace

std::string place_of_row(std::string const& rule_id) {
    return "ttp_rule:" + rule_id;
}

diagnostic row_finding(std::string code, std::string message, std::string const& rule_id, std::string path) {
    diagnostic finding;
    finding.code = std::move(code);
    finding.message = std::move(message);
    finding.path = std::move(path);
    finding.rule_id = rule_id;
    return finding;
}

bool uses(rule_definition const& rule, std::set<std::string> const& lists) {
    return std::ranges::any_of(rule.lists, [&](auto const& name) { return lists.contains(name); });
}

std::string why_unusable(std::string const& rule_id, std::variant<rule_state, malformed_value> const& value) {
    if (auto const* const malformed = std::get_if<malformed_value>(&value))
        return malformed->why;
    try {
        require_storable(rule_id, std::get<rule_state>(value));
        return {};
    } catch (invalid_state const& refusal) {
        return refusal.what();
    }
}

std::string why_unusable(std::variant<decision, malformed_value> const& value) {
    if (auto const* const malformed = std::get_if<malformed_value>(&value))
        return malformed->why;
    try {
        require_storable(std::get<decision>(value));
        return {};
    } catch (invalid_state const& refusal) {
        return refusal.what();
    }
}

quarantined_rule damaged_decision(decision_id id, std::string const& why) {
    quarantined_rule damaged;
    damaged.path = "ttp_decision:" + std::to_string(id);
    damaged.diagnostics.push_back(row_finding("row-damaged", why, "", damaged.path));
    return damaged;
}

quarantined_rule damaged_state(std::string const& rule_id, std::string const& why) {
    quarantined_rule damaged;
    damaged.rule_id = rule_id;
    damaged.path = "ttp_rule_state:" + rule_id;
    damaged.diagnostics.push_back(row_finding("row-damaged", why, rule_id, damaged.path));
    return damaged;
}

observed_rule read_row(std::string const& rule_id, std::string const& text, rulehost::revision as_of,
                       rule_lists const& lists) {
    observed_rule rule;
    rule.rule_id = rule_id;
    rule.revision = as_of;
    std::vector<rule_document> documents;
    try {
        documents = read_rules(text, place_of_row(rule_id), lists);
    } catch (std::exception const& error) { // affects only this rule
        rule.diagnostics.push_back(row_finding("row-damaged", "the text cannot be read: " + failure_reason(error),
                                               rule_id, place_of_row(rule_id)));
        return rule;
    }
    for (auto& document : documents)
        std::ranges::move(document.diagnostics, std::back_inserter(rule.diagnostics));
    if (documents.size() != 1) {
        rule.diagnostics.push_back(
            row_finding("row-rules", "a row holds exactly one rule, this one holds " + std::to_string(documents.size()),
                        rule_id, place_of_row(rule_id)));
    } else if (documents.front().definition && documents.front().definition->rule_id != rule_id) {
        rule.diagnostics.push_back(row_finding("row-id",
                                               "the text is that of rule " + documents.front().definition->rule_id,
                                               rule_id, place_of_row(rule_id)));
    }
    if (!has_errors(rule.diagnostics))
        rule.definition = documents.front().definition;
    else if (text.find('$') != std::string::npos)
        rule.text = text;
    return rule;
}

void admit(observed_rule& rule, rule_gate const& gate) {
    if (!rule.definition || !gate)
        return;
    std::vector<diagnostic> findings;
    try {
        findings = gate(rule.definition);
    } catch (std::exception const& error) {
        findings.push_back(row_finding("engine", "the rule cannot be tested: " + failure_reason(error), rule.rule_id,
                                       place_of_row(rule.rule_id)));
    }
    for (auto& finding : findings) {
        finding.path = place_of_row(rule.rule_id);
        finding.rule_id = rule.rule_id;
    }
    if (has_errors(findings))
        rule.definition = nullptr;
    std::ranges::move(findings, std::back_inserter(rule.diagnostics));
}

std::shared_ptr<rule_definition const> newest_good(std::vector<std::string> const& texts, observed_rule const& rule,
                                                   std::shared_ptr<rule_definition const> const& live,
                                                   rule_lists const& lists, rule_gate const& gate) {
    for (auto const& text : texts) {
        if (live && live->text == text)
            return live;
        auto older = read_row(rule.rule_id, text, rule.revision, lists);
        admit(older, gate);
        if (older.definition)
            return older.definition;
    }
    return nullptr;
}

std::optional<observation> observe_changes(rule_database& database, observation_base base) {
    auto const& known = base.position;
    auto page = database.changes_after(known.revision, page_size);
    auto const& position = page.at.position;
    if (position.database_id != known.database_id || position.revision < known.revision ||
        page.what == change_page::history::trimmed)
        return {};
    observation seen;
    seen.based_on = known;
    seen.position = position;
    seen.extent = page.at.extent;
    for (auto& change : page.changes) {
        observed_change observed;
        observed.revision = change.revision;
        observed.rule_id = change.rule_id;
        observed.cause =
            change.why == stored_change::cause::expiry ? rule_change::origin::expiry : rule_change::origin::decision;
        if (change.of == stored_change::table::lists) {
            observed_list list;
            if (auto* const text = std::get_if<list_text>(&change.value))
                list.values = std::move(text->values);
            else if (!std::holds_alternative<deletion>(change.value))
                list.values.emplace(); // not JSON
            base.lists.put(change.rule_id, list.values);
            observed.value = std::move(list);
        } else if (change.of == stored_change::table::decisions) {
            observed.value = as_observed(std::move(change));
        } else if (auto const* const text = std::get_if<definition_text>(&change.value)) {
            auto rule = read_row(change.rule_id, text->yaml_content, change.revision, *base.lists.live());
            admit(rule, base.gate);
            observed.value = std::move(rule);
        } else if (std::holds_alternative<deletion>(change.value)) {
            observed.value = deletion{};
        } else if (auto* const state = std::get_if<rule_state>(&change.value)) {
            auto const cleared = *state == rule_state();
            auto why = cleared ? std::string() : why_unusable(change.rule_id, *state);
            if (why.empty())
                observed.value = std::move(*state);
            else
                observed.value = malformed_value{std::move(why)};
        } else if (change.of == stored_change::table::states) {
            observed.value = std::get<malformed_value>(change.value);
        } else {
            observed_rule bad;
            bad.rule_id = change.rule_id;
            bad.revision = change.revision;
            bad.diagnostics.push_back(row_finding("row-damaged", std::get<malformed_value>(change.value).why,
                                                  change.rule_id, place_of_row(change.rule_id)));
            observed.value = std::move(bad);
        }
        seen.changes.push_back(std::move(observed));
    }
    if (!seen.changes.empty() && seen.changes.back().revision < seen.position.revision) {
        seen.position.revision = seen.changes.back().revision;
        seen.left = observation::rest::more;
    }
    return seen;
}

observation observe_everything(rule_database& database, std::optional<database_position> const& known,
                               live_rules const& live, database_lists lists, rule_gate const& gate) {
    observation seen;
    seen.based_on = known;
    auto contents = database.contents();
    seen.position = contents.at.position;
    seen.extent = contents.at.extent;
    auto& all = seen.all.emplace();
    std::map<std::string, std::string> list_rows;
    for (auto& row : contents.lists) {
        all.list_rows.emplace(row.name, row.revision);
        list_rows.emplace(std::move(row.name), std::move(row.values));
    }
    auto const changed = lists.replace(list_rows);
    for (auto const& row : contents.rules) {
        auto const present = live.find(row.rule_id);
        if (present != live.end() && present->second->text == row.yaml_content && !uses(*present->second, changed)) {
            observed_rule same;
            same.rule_id = row.rule_id;
            same.revision = row.revision;
            same.definition = present->second;
            all.rules.push_back(std::move(same));
            continue;
        }
        auto rule = read_row(row.rule_id, row.yaml_content, row.revision, *lists.live());
        if (!rule.definition) {
            auto const before = database.former_texts(row.rule_id, former_texts_tried);
            rule.former_is_whole = before.is_whole;
            rule.former =
                newest_good(before.texts, rule, present == live.end() ? nullptr : present->second, *lists.live(), gate);
        }
        admit(rule, gate);
        all.rules.push_back(std::move(rule));
    }
    for (auto& row : contents.states) {
        auto& state = all.states.emplace_back();
        if (!why_unusable(row.rule_id, row.value).empty())
            state.former = database.former_state(row.rule_id);
        state.row = std::move(row);
    }
    for (auto& row : contents.decisions) {
        auto& made = all.decisions.emplace_back();
        if (!why_unusable(row.value).empty())
            made.former = database.former_decision(row.id);
        made.row = std::move(row);
    }
    all.lists = std::move(lists);
    return seen;
}

} // namespace rulehost
