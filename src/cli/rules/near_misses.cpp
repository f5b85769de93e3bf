#include "cli/rules/near_misses.hpp"

#include "regex/near_miss.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <string_view>

namespace rulehost::cli {

namespace {

using boost::json::object;

std::string_view string_at(object const& from, std::string_view key) {
    auto const* const found = from.if_contains(key);
    return found && found->is_string() ? std::string_view{found->get_string()} : std::string_view{};
}

double nearness_at(boost::json::value const& condition) {
    auto const* const found = condition.as_object().if_contains("nearness");
    return found ? found->to_number<double>() : 0;
}

/// Equally near ones stay in their order.
void put_nearest_first(boost::json::array& of) {
    auto const nearer = [](boost::json::value const& left, boost::json::value const& right) {
        return nearness_at(left) > nearness_at(right);
    };
    for (auto next = of.begin(); next != of.end(); ++next)
        std::rotate(std::upper_bound(of.begin(), next, *next, nearer), next, next + 1);
}

double nearness_of_pattern(object& condition, std::string_view normalised) {
    regex::flags const options{.ignore_case = condition.contains("ignore_case")};
    near_miss best;
    for (auto const text : {string_at(condition, "value"), normalised})
        if (auto miss = near_miss_of(string_at(condition, "operand"), options, text); miss.share > best.share)
            best = std::move(miss);
    if (!best.found.empty())
        condition["found_until"] = best.found;
    return best.share;
}

void look_at(object& condition, std::string_view normalised) {
    auto* const of = condition.if_contains("of");
    double sum = 0;
    double most = 0;
    if (of)
        for (auto& child : of->as_array()) {
            look_at(child.as_object(), normalised);
            sum += nearness_at(child);
            most = std::max(most, nearness_at(child));
        }
    auto const* const holds = condition.if_contains("holds");
    auto const kind = string_at(condition, "kind");
    double nearness = 0;
    if (holds && holds->is_bool() && holds->get_bool()) {
        nearness = 1;
    } else if (auto const* const nearest = condition.if_contains("nearest")) {
        nearness = nearness_at(nearest->as_array().front());
    } else if (of && kind == "commands_in_order" && !of->as_array().empty()) {
        // Each command may be present, but not in order.
        nearness = 0.9 * sum / static_cast<double>(of->as_array().size());
    } else if (of && (kind == "any_of" || kind == "some")) {
        nearness = most;
        put_nearest_first(of->as_array());
    } else if (of && kind == "all_of" && !of->as_array().empty()) {
        nearness = sum / static_cast<double>(of->as_array().size());
    } else if (string_at(condition, "compare") == "pattern" && !condition.contains("missing")) {
        nearness = nearness_of_pattern(condition, normalised);
    }
    condition["nearness"] = nearness;
}

} // namespace

void add_near_misses(object& account) {
    std::string const normalised(string_at(account, "normalised"));
    if (auto* const condition = account.if_contains("condition"))
        look_at(condition->as_object(), normalised);
    if (auto* const windows = account.if_contains("windows"))
        for (auto& window : windows->as_array())
            for (auto& step : window.as_object().at("of").as_array())
                look_at(step.as_object(), normalised);
}

} // namespace rulehost::cli
