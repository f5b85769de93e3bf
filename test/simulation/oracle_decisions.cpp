#include "simulation/oracle.hpp"

#include <boost/json/parse.hpp>

#include <charconv>

namespace rulehost::simulation {

namespace {

std::vector<std::string> texts_of(boost::json::value const& list) {
    auto const parsed = boost::json::parse(list.as_string());
    std::vector<std::string> texts;
    for (auto const& each : parsed.as_array())
        texts.emplace_back(each.as_string());
    return texts;
}

decision_id id_of(std::string const& text) {
    decision_id id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    return id;
}

} // namespace

std::string shown(decision_id id, std::optional<decision> const& made, rule_change::origin cause) {
    auto text = "#" + std::to_string(id);
    if (!made)
        return text + (cause == rule_change::origin::expiry ? " expired" : " ended");
    text += " " + std::string(to_string(made->effect)) + " by " + made->set_by + " " + made->reason + made->ticket;
    for (auto const* const list : {&made->rules, &made->scope}) {
        text += " for";
        for (auto const& each : *list)
            text += " " + each;
    }
    if (made->confidence_max)
        text += " at most " + std::to_string(*made->confidence_max);
    text += made->starts_at ? " from " + format_time(*made->starts_at) : "";
    text += made->ends_at ? " until " + format_time(*made->ends_at) : "";
    return text;
}

/// The decision in a row of the history; empty: it is malformed.
std::optional<decision> oracle::decision_of(row const& next) {
    auto const detail = boost::json::parse(next.detail.value());
    auto const text = [&](char const* name) -> std::optional<std::string> {
        auto const& value = detail.at(name);
        return value.is_null() ? std::nullopt : std::optional(std::string(value.as_string()));
    };
    auto const time = [&](char const* name) {
        auto const at = text(name);
        return at ? std::optional(parse_time(*at).value()) : std::nullopt;
    };
    auto const effect = decision_effect_from(text("effect").value_or(""));
    if (!effect)
        return {};
    decision made(*effect, texts_of(detail.at("rules")));
    made.id = id_of(next.rule_id);
    if (auto const limit = text("confidence_max"))
        made.confidence_max = std::stod(*limit);
    made.scope = texts_of(detail.at("scope"));
    made.starts_at = time("starts_at");
    made.ends_at = time("ends_at");
    made.reason = text("reason").value_or("");
    made.ticket = text("ticket").value_or("");
    made.set_by = text("set_by").value_or("");
    made.set_at = time("set_at");
    return made;
}

void oracle::take_decision(row const& next, entry& made) {
    auto const id = id_of(next.rule_id);
    auto const place = "ttp_decision:" + next.rule_id;
    auto const known = decisions_.find(id);
    auto const stood = known == decisions_.end() ? std::nullopt : std::optional(known->second);
    if (!next.detail) {
        auto const cause = next.kind == "decision_expiry" ? rule_change::origin::expiry : rule_change::origin::decision;
        if (cause == rule_change::origin::decision) {
            credit(next, next.by);
        } else if (!stood || !stood->ends_at || in_.time.now() < *stood->ends_at) {
            in_.blame("revision " + std::to_string(next.number) +
                      " ends in time what does not: " + shown(id, stood, rule_change::origin::decision));
        }
        decisions_.erase(id);
        quarantined_.erase(place);
        made.visible = stood.has_value();
        made.what = shown(id, std::nullopt, cause);
        return;
    }
    auto const value = decision_of(next);
    if (!value) {
        quarantined_.insert(place);
        made.visible = false;
        made.what = "#" + next.rule_id + " garbage";
        return;
    }
    if (id == next.number)
        credit(next, value->set_by);
    else if (!stood && !quarantined_.contains(place))
        in_.blame("revision " + std::to_string(next.number) + " changes decision " + next.rule_id + ", which ended");
    quarantined_.erase(place);
    decisions_.insert_or_assign(id, *value);
    made.what = shown(id, value, rule_change::origin::decision);
}

/// Checks that the decision was stored where it belongs and as requested.
void oracle::judge_decided(row const& next, request const& by) {
    auto wanted = *by.decided;
    auto const is_state = next.kind == "state";
    auto const& rule_id = wanted.rules.front();
    auto const standing = states_.find(rule_id);
    auto const is_free = !quarantined_.contains("ttp_rule_state:" + rule_id) &&
        (standing == states_.end() || standing->second.status == rule_status::enabled);
    if (is_state != (is_free && as_state(wanted))) {
        in_.blame(by.by + " is in the wrong table in revision " + std::to_string(next.number));
        return;
    }
    auto const state = is_state ? state_of(next) : std::nullopt;
    auto made = !is_state ? decision_of(next) : state ? as_decision(next.rule_id, *state) : std::nullopt;
    wanted.id = next.number;
    wanted.set_by = by.by;
    wanted.set_at.reset();
    if (made)
        made->set_at.reset();
    if (made != wanted)
        in_.blame(by.by + " was stored as another decision in revision " + std::to_string(next.number));
}

void oracle::judge_ended(row const& next, request const& by) {
    auto const state = states_.find(next.rule_id);
    auto const ended = next.kind == "decision" ? id_of(next.rule_id)
        : state == states_.end()               ? 0
                                               : state->second.revision;
    if (ended != *by.ending || next.detail)
        in_.blame(by.by + " ended " + std::to_string(ended) + " instead of " + std::to_string(*by.ending));
}

std::vector<decision_id> oracle::ids() const {
    std::vector<decision_id> all;
    for (auto const& [id, made] : decisions_)
        all.push_back(id);
    for (auto const& [rule_id, state] : states_)
        all.push_back(state.revision);
    return all;
}

} // namespace rulehost::simulation
