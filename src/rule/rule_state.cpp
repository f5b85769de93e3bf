#include <rulehost/rule_state.hpp>

#include <utility>

namespace rulehost {

std::string_view to_string(rule_status status) {
    switch (status) {
    case rule_status::enabled:
        return "enabled";
    case rule_status::disabled:
        return "disabled";
    case rule_status::clipped:
        return "clipped";
    }
    return "enabled";
}

std::optional<rule_status> rule_status_from(std::string_view text) {
    for (auto const status : {rule_status::enabled, rule_status::disabled, rule_status::clipped})
        if (text == to_string(status))
            return status;
    return std::nullopt;
}

rule_state rule_state::disabled(std::string reason, std::optional<time_point> expires_at) {
    rule_state state(rule_status::disabled);
    state.reason = std::move(reason);
    state.expires_at = expires_at;
    return state;
}

rule_state rule_state::clipped(double confidence_max, std::string reason, std::optional<time_point> expires_at) {
    rule_state state(rule_status::clipped);
    state.confidence_max = confidence_max;
    state.reason = std::move(reason);
    state.expires_at = expires_at;
    return state;
}

rule_state effective(rule_state const& state, time_point now) {
    return !state.expires_at || now < *state.expires_at ? state : rule_state();
}

std::string why_invalid(rule_state const& state) {
    if (state.set_by.empty())
        return "set_by must name who decided";
    if (state.status == rule_status::clipped && !state.confidence_max)
        return "a clipped rule needs confidence_max";
    if (state.status != rule_status::clipped && state.confidence_max)
        return "confidence_max belongs to a clipped rule only";
    // Written so that not-a-number is out of range as well.
    if (state.confidence_max && !(*state.confidence_max >= 0 && *state.confidence_max <= 1))
        return "confidence_max must be between 0 and 1";
    return {};
}

boost::json::object to_json(rule_state const& state) {
    auto const time = [](std::optional<time_point> const& at) {
        return at ? boost::json::value(format_time(*at)) : boost::json::value();
    };
    auto const text = [](std::string const& value) {
        return value.empty() ? boost::json::value() : boost::json::value(value);
    };
    boost::json::object object;
    object["state"] = to_string(state.status);
    object["confidence_max"] = state.confidence_max ? boost::json::value(*state.confidence_max) : boost::json::value();
    object["expires_at"] = time(state.expires_at);
    object["reason"] = text(state.reason);
    object["set_by"] = text(state.set_by);
    object["set_at"] = time(state.set_at);
    object["revision"] = state.revision;
    return object;
}

} // namespace rulehost
