#include "rule/rule_state_json.hpp"

#include "text/number.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rulehost {

namespace {

std::string text_at(boost::json::object const& object, std::string_view key) {
    auto const& value = object.at(key);
    return value.is_null() ? std::string() : std::string(value.as_string());
}

std::optional<time_point> time_at(boost::json::object const& object, std::string_view key) {
    auto const text = text_at(object, key);
    return text.empty() ? std::nullopt : std::optional(parse_time(text).value());
}

} // namespace

rule_state rule_state_from_json(boost::json::object const& object) {
    auto const status = rule_status_from(object.at("state").as_string());
    if (!status)
        throw std::runtime_error("unknown state '" + text_at(object, "state") + "'");
    rule_state state(*status);
    if (auto const& limit = object.at("confidence_max"); limit.is_string()) {
        state.confidence_max = parse_number<double>(std::string_view(limit.get_string()));
        if (!state.confidence_max)
            throw std::runtime_error("confidence_max is no number");
    } else if (!limit.is_null()) {
        state.confidence_max = limit.to_number<double>();
    }
    state.expires_at = time_at(object, "expires_at");
    state.reason = text_at(object, "reason");
    state.set_by = text_at(object, "set_by");
    state.set_at = time_at(object, "set_at");
    state.revision = object.at("revision").to_number<revision>();
    return state;
}

} // namespace rulehost
