#include <rulehost/decision.hpp>

#include "rule/decision_terms.hpp"
#include "rule/rule_id.hpp"
#include "text/number.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>

#include <stdexcept>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_terms = 256; // of a decision: selectors, and conditions

boost::json::value time_member(std::optional<time_point> at) {
    return at ? boost::json::value(format_time(*at)) : boost::json::value();
}

boost::json::value text_member(std::string const& text) {
    return text.empty() ? boost::json::value() : boost::json::value(text);
}

[[noreturn]] void refuse(std::string_view name, std::string_view why) {
    throw std::invalid_argument("'" + std::string(name) + "' " + std::string(why));
}

/// The member, unless it is missing or null.
boost::json::value const* member(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    return value && !value->is_null() ? value : nullptr;
}

std::string text_in(boost::json::object const& object, std::string_view name) {
    auto const* const value = member(object, name);
    if (!value)
        return {};
    if (!value->is_string())
        refuse(name, "is not a text");
    return std::string(value->get_string());
}

std::vector<std::string> texts_in(boost::json::object const& object, std::string_view name) {
    std::vector<std::string> texts;
    auto const* const value = member(object, name);
    if (!value)
        return texts;
    if (!value->is_array())
        refuse(name, "is not a list of texts");
    for (auto const& each : value->get_array()) {
        if (!each.is_string())
            refuse(name, "is not a list of texts");
        texts.emplace_back(each.get_string());
    }
    return texts;
}

std::optional<time_point> time_in(boost::json::object const& object, std::string_view name) {
    auto const text = text_in(object, name);
    if (text.empty())
        return {};
    auto const at = parse_time(text);
    if (!at)
        refuse(name, "is not a time");
    return *at;
}

boost::json::array list_of(std::vector<std::string> const& texts) {
    return boost::json::array(texts.begin(), texts.end());
}

} // namespace

std::string_view to_string(decision_effect effect) {
    switch (effect) {
    case decision_effect::disable:
        return "disable";
    case decision_effect::clip:
        return "clip";
    case decision_effect::observe:
        return "observe";
    }
    return "disable";
}

std::optional<decision_effect> decision_effect_from(std::string_view text) {
    for (auto const effect : {decision_effect::disable, decision_effect::clip, decision_effect::observe})
        if (text == to_string(effect))
            return effect;
    return std::nullopt;
}

bool has_ended(decision const& made, time_point now) {
    return made.ends_at && *made.ends_at <= now;
}

bool holds(decision const& made, time_point now) {
    return (!made.starts_at || *made.starts_at <= now) && !has_ended(made, now);
}

std::string why_invalid(decision const& made) {
    if (made.effect == decision_effect::clip && !made.confidence_max)
        return "a clip needs confidence_max";
    if (made.effect != decision_effect::clip && made.confidence_max)
        return "confidence_max belongs to a clip only";
    // Written so that not-a-number is out of range as well.
    if (made.confidence_max && !(*made.confidence_max >= 0 && *made.confidence_max <= 1))
        return "confidence_max must be between 0 and 1";
    if (made.rules.empty())
        return "a decision names at least one rule";
    if (made.rules.size() > max_terms || made.scope.size() > max_terms)
        return "a decision has at most " + std::to_string(max_terms) + " selectors and as many conditions";
    try {
        for (auto const& text : made.rules)
            read_selector(text);
        for (auto const& text : made.scope)
            read_scope_term(text);
    } catch (std::invalid_argument const& problem) {
        return problem.what();
    }
    if (made.starts_at && made.ends_at && *made.ends_at <= *made.starts_at)
        return "a decision ends after its start";
    return {};
}

boost::json::object to_json(decision const& made) {
    boost::json::object object;
    object["id"] = made.id;
    object["effect"] = to_string(made.effect);
    object["confidence_max"] = made.confidence_max ? boost::json::value(*made.confidence_max) : boost::json::value();
    object["rules"] = list_of(made.rules);
    object["scope"] = list_of(made.scope);
    object["starts_at"] = time_member(made.starts_at);
    object["ends_at"] = time_member(made.ends_at);
    object["reason"] = text_member(made.reason);
    object["ticket"] = text_member(made.ticket);
    object["set_by"] = text_member(made.set_by);
    object["set_at"] = time_member(made.set_at);
    return object;
}

decision decision_from(boost::json::object const& object) {
    auto const effect = decision_effect_from(text_in(object, "effect"));
    if (!effect)
        refuse("effect", "is none of disable, clip and observe");
    decision made(*effect, texts_in(object, "rules"));
    if (auto const* const id = member(object, "id")) {
        boost::system::error_code problem;
        made.id = id->to_number<decision_id>(problem);
        if (problem)
            refuse("id", "is not a revision");
    }
    if (auto const* const max = member(object, "confidence_max")) {
        made.confidence_max = max->is_number() ? std::optional(max->to_number<double>())
            : max->is_string()                 ? parse_number<double>(std::string_view(max->get_string()))
                                               : std::nullopt;
        if (!made.confidence_max)
            refuse("confidence_max", "is not a number");
    }
    made.scope = texts_in(object, "scope");
    made.starts_at = time_in(object, "starts_at");
    made.ends_at = time_in(object, "ends_at");
    made.reason = text_in(object, "reason");
    made.ticket = text_in(object, "ticket");
    made.set_by = text_in(object, "set_by");
    made.set_at = time_in(object, "set_at");
    return made;
}

std::string summary_of(decision const& made) {
    std::string text(to_string(made.effect));
    for (auto const& rule : made.rules)
        text += ' ' + rule;
    if (made.confidence_max)
        text += " to " + json_text(boost::json::value(*made.confidence_max));
    for (auto const& term : made.scope)
        text += (&term == &made.scope.front() ? " where " : " and ") + term;
    if (made.starts_at)
        text += ", from " + format_time(*made.starts_at);
    if (made.ends_at)
        text += ", until " + format_time(*made.ends_at);
    if (!made.set_by.empty())
        text += ", by " + made.set_by;
    if (!made.ticket.empty())
        text += " (" + made.ticket + ')';
    if (!made.reason.empty())
        text += ": " + made.reason;
    return text;
}

std::optional<decision> as_decision(std::string const& rule_id, rule_state const& state) {
    if (state.status == rule_status::enabled)
        return {};
    decision made(state.status == rule_status::disabled ? decision_effect::disable : decision_effect::clip, {rule_id});
    made.id = state.revision;
    made.confidence_max = state.confidence_max;
    made.ends_at = state.expires_at;
    made.reason = state.reason;
    made.set_by = state.set_by;
    made.set_at = state.set_at;
    return made;
}

std::optional<rule_state> as_state(decision const& made) {
    bool const is_one_rule = made.rules.size() == 1 && is_rule_id(made.rules.front());
    if (!is_one_rule || !made.scope.empty() || made.starts_at || !made.ticket.empty() ||
        made.effect == decision_effect::observe)
        return {};
    auto state = made.effect == decision_effect::disable
        ? rule_state::disabled(made.reason, made.ends_at)
        : rule_state::clipped(made.confidence_max.value_or(1), made.reason, made.ends_at);
    state.set_by = made.set_by;
    state.set_at = made.set_at;
    state.revision = made.id;
    return state;
}

} // namespace rulehost
