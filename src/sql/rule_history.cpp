#include "sql/rule_history.hpp"

#include "sql/rule_rows.hpp"
#include "text/number.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

namespace rulehost {

namespace {

/// Path of the file that the text of a rule or a list came from; empty: unknown.
std::string source_path_in(std::string const& detail) {
    boost::system::error_code malformed;
    auto const value = boost::json::parse(detail, malformed);
    auto const* const object = malformed ? nullptr : value.if_object();
    auto const* const path = object ? object->if_contains("source_path") : nullptr;
    return path && path->is_string() ? std::string(path->get_string()) : std::string();
}

} // namespace

rule_history::rule_history(session& sql) : sql_(sql), reading_(sql, transaction::purpose::read) {
    auto const position = sql_.query("SELECT revision, database_id FROM ttp_revision", 2);
    if (position.empty())
        throw database_error(database_error::kind::other, "ttp_revision has lost its row");
    newest_ = to_revision(position.front()[0]);
    database_id_ = position.front()[1].value_or("");
    auto const first = sql_.query("SELECT revision, " + sql_.dialect().time_text("changed_at") +
                                      " FROM ttp_rule_change ORDER BY revision LIMIT 1",
                                  2);
    if (!first.empty()) {
        first_known_ = to_revision(first.front()[0]);
        begin_ = time_in(first.front()[1]);
    }
}

std::optional<revision> rule_history::revision_at(time_point at) const {
    auto const rows = sql_.query("SELECT MAX(revision) FROM ttp_rule_change WHERE changed_at <= :1", 1,
                                 {sql_.dialect().time_value(at)});
    if (!rows.empty() && rows.front()[0])
        return to_revision(rows.front()[0]);
    return begin_ || is_trimmed() ? std::nullopt : std::optional<revision>(0); // it never changed
}

std::optional<time_point> rule_history::time_of(revision at) const {
    auto const rows =
        sql_.query("SELECT " + sql_.dialect().time_text("changed_at") + " FROM ttp_rule_change WHERE revision = :1", 1,
                   {signed_number(at)});
    return rows.empty() ? std::nullopt : time_in(rows.front()[0]);
}

std::vector<rule_history::change> rule_history::changes(group of, std::string const& chosen, revision at,
                                                        std::string const& id) const {
    std::string const kinds = of == group::rules ? "('definition', 'deletion')"
        : of == group::states                    ? "('state', 'expiry')"
        : of == group::decisions                 ? "('decision', 'decision_expiry')"
                                                 : "('list')";
    std::vector<sql_value> values{signed_number(at)};
    if (!id.empty())
        values.emplace_back(id);
    std::vector<change> found;
    for (auto const& row :
         sql_.query("SELECT " + std::string(change_columns) +
                        ", changed_by FROM ttp_rule_change WHERE revision IN (SELECT " + chosen + " AND kind IN " +
                        kinds + (id.empty() ? "" : " AND rule_id = :2") + " GROUP BY rule_id) ORDER BY rule_id",
                    5, values)) {
        change each;
        each.value = to_change(row);
        each.kind = row[2].value_or("");
        each.by = row[4].value_or("");
        each.source_path = source_path_in(row[3].value_or(""));
        found.push_back(std::move(each));
    }
    return found;
}

std::vector<rule_history::change> rule_history::last_changes(group of, revision at, std::string const& id) const {
    return changes(of, "MAX(revision) FROM ttp_rule_change WHERE revision <= :1", at, id);
}

std::vector<rule_history::change> rule_history::first_changes(group of, revision at, std::string const& id) const {
    return changes(of, "MIN(revision) FROM ttp_rule_change WHERE revision > :1", at, id);
}

past_contents rule_history::contents(revision at) const {
    past_contents found;
    auto& held = found.held;
    held.at.position = {database_id_, at};
    std::map<group, std::set<std::string>> known;
    auto const take_changes = [&](group of, auto take) {
        for (auto& each : last_changes(of, at))
            if (known[of].insert(each.value.rule_id).second)
                take(each);
        if (!is_trimmed())
            return;
        for (auto const& each : first_changes(of, at)) {
            if (known[of].contains(each.value.rule_id))
                continue;
            auto const what = of == group::rules ? "rule "
                : of == group::states            ? "decision on rule "
                : of == group::decisions         ? "decision "
                                                 : "list ";
            found.unresolved.push_back(what + each.value.rule_id + " before revision " +
                                       std::to_string(each.value.revision));
        }
    };
    for (auto& row : sql_.query("SELECT rule_id, source_path, yaml_content, updated_by, revision FROM ttp_rule WHERE "
                                "revision <= :1",
                                5, {signed_number(at)})) {
        known[group::rules].insert(row[0].value_or(""));
        held.rules.push_back(
            {row[0].value_or(""), row[1].value_or(""), row[2].value_or(""), row[3].value_or(""), to_revision(row[4])});
    }
    take_changes(group::rules, [&](change& each) {
        auto* const text = std::get_if<definition_text>(&each.value.value);
        auto const* const damaged = std::get_if<malformed_value>(&each.value.value);
        if (damaged)
            found.unresolved.push_back("rule " + each.value.rule_id + ": " + damaged->why);
        else if (text)
            held.rules.push_back(
                {each.value.rule_id, each.source_path, std::move(text->yaml_content), each.by, each.value.revision});
    });
    for (auto const& row : sql_.query("SELECT rule_id, revision, " + state_columns(sql_.dialect()) +
                                          " FROM ttp_rule_state WHERE revision <= :1",
                                      8, {signed_number(at)})) {
        known[group::states].insert(row[0].value_or(""));
        auto const written = to_revision(row[1]);
        held.states.push_back({row[0].value_or(""), to_state(&row[2], written), written});
    }
    take_changes(group::states, [&](change& each) {
        if (auto const* const damaged = std::get_if<malformed_value>(&each.value.value))
            held.states.push_back({each.value.rule_id, *damaged, each.value.revision});
        else if (auto const* const state = std::get_if<rule_state>(&each.value.value); state && *state != rule_state())
            held.states.push_back({each.value.rule_id, *state, each.value.revision});
    });
    for (auto& row : sql_.query("SELECT list_name, list_values, source_path, updated_by, revision FROM ttp_rule_list "
                                "WHERE revision <= :1",
                                5, {signed_number(at)})) {
        known[group::lists].insert(row[0].value_or(""));
        held.lists.push_back(
            {row[0].value_or(""), row[1].value_or(""), row[2].value_or(""), row[3].value_or(""), to_revision(row[4])});
    }
    take_changes(group::lists, [&](change& each) {
        if (auto* const list = std::get_if<list_text>(&each.value.value))
            held.lists.push_back(
                {each.value.rule_id, std::move(list->values), each.source_path, each.by, each.value.revision});
    });
    for (auto const& row : sql_.query("SELECT decision_id, revision, " + decision_columns(sql_.dialect()) +
                                          " FROM ttp_decision WHERE revision <= :1",
                                      12, {signed_number(at)})) {
        auto const id = to_revision(row[0]);
        known[group::decisions].insert(row[0].value_or(""));
        held.decisions.push_back({id, to_decision(&row[2], id), to_revision(row[1])});
    }
    take_changes(group::decisions, [&](change& each) {
        auto const id = to_revision(each.value.rule_id);
        if (auto const* const damaged = std::get_if<malformed_value>(&each.value.value))
            held.decisions.push_back({id, *damaged, each.value.revision});
        else if (auto* const made = std::get_if<decision>(&each.value.value))
            held.decisions.push_back({id, std::move(*made), each.value.revision});
    });
    std::ranges::sort(held.decisions, {}, &stored_decision::id);
    std::ranges::sort(held.rules, {}, &stored_rule::rule_id);
    std::ranges::sort(held.states, {}, &stored_state::rule_id);
    std::ranges::sort(held.lists, {}, &stored_list::name);
    return found;
}

rule_history::past_text rule_history::text_of(std::string const& rule_id, revision at) const {
    using known = past_text::known;
    auto const rows =
        sql_.query("SELECT yaml_content, source_path, revision FROM ttp_rule WHERE rule_id = :1 AND revision <= :2", 3,
                   {rule_id, signed_number(at)});
    if (!rows.empty())
        return {known::text, rows.front()[0].value_or(""), to_revision(rows.front()[2]), rows.front()[1].value_or("")};
    if (auto const last = last_changes(group::rules, at, rule_id); !last.empty()) {
        auto const& each = last.front();
        if (auto const* const text = std::get_if<definition_text>(&each.value.value))
            return {known::text, text->yaml_content, each.value.revision, each.source_path};
        return {std::holds_alternative<deletion>(each.value.value) ? known::none : known::unknown, {}, {}, {}};
    }
    auto const is_doubtful = is_trimmed() && !first_changes(group::rules, at, rule_id).empty();
    return {is_doubtful ? known::unknown : known::none, {}, {}, {}};
}

rule_database::text_history rule_history::former_texts(std::string const& rule_id, revision at,
                                                       std::size_t limit) const {
    rule_database::text_history found;
    for (auto const& row : sql_.query("SELECT " + std::string(change_columns) +
                                          " FROM ttp_rule_change WHERE rule_id = :1 AND revision < :2 AND "
                                          "kind IN ('definition', 'deletion') ORDER BY revision DESC LIMIT " +
                                          std::to_string(limit),
                                      4, {rule_id, signed_number(at)})) {
        auto each = to_change(row);
        if (std::holds_alternative<deletion>(each.value)) {
            found.is_whole = true;
            break;
        }
        if (auto* const text = std::get_if<definition_text>(&each.value))
            found.texts.push_back(std::move(text->yaml_content));
    }
    return found;
}

} // namespace rulehost
