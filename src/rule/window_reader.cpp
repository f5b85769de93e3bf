#include "rule/condition_reader.hpp"

#include <array>

namespace rulehost {
namespace {

constexpr std::int64_t max_threshold = 10'000; // the engine's limit of events of a group
constexpr std::size_t min_steps = 2;
constexpr std::size_t max_steps = 8;

/// The number in place of a map, for the example in the error; else any number.
std::string number_in(yaml_node const& node) {
    return to_json(node).is_int64() ? node.text : "5";
}

} // namespace

void condition_reader::read_length(condition& test, yaml_node const& node) {
    constexpr std::array bounds{std::pair{std::string_view("greater_than"), comparison::greater_than},
                                std::pair{std::string_view("at_least"), comparison::at_least},
                                std::pair{std::string_view("less_than"), comparison::less_than},
                                std::pair{std::string_view("at_most"), comparison::at_most},
                                std::pair{std::string_view("equals"), comparison::equals}};
    map_reader map(node, "length", *out_, "{at_least: " + number_in(node) + "}");
    test.measured = condition::measure::length;
    std::size_t given = 0;
    for (auto const& [key, compare] : bounds) {
        auto const* const value = map.find(key);
        given += value ? 1 : 0;
        if (auto const limit = values_.integer(value, key, 0, INT64_MAX)) {
            test.compare = compare;
            test.operands.assign(1, boost::json::value(*limit));
        }
    }
    if (map.finish() && map.is_map() && given != 1) {
        out_->report(given == 0 ? finding::missing_key : finding::conflicting_keys, node.where,
                     "length needs exactly one of greater_than, at_least, less_than, at_most and equals");
    }
}

condition condition_reader::read_window(yaml_node const& node) {
    map_reader map(node, "a window", *out_, "{count: {at_least: 5}, within: 5m, group_by: [attacker_uuid]}");
    correlation window;
    auto const* const of = map.find("of");
    window.same_file = read_same(map);
    std::vector<std::string_view> kinds;
    for (std::string_view const key : {"count", "distinct_count", "sequence"})
        if (map.find(key))
            kinds.push_back(key);
    if (kinds.size() > 1) {
        out_->report(finding::conflicting_keys, map.where(kinds[1]),
                     "'" + std::string(kinds[0]) + "' and '" + std::string(kinds[1]) + "' cannot stand in one window");
    }
    if (!kinds.empty() && kinds.front() == "sequence") {
        window.kind = correlation::node::sequence;
        auto const* const steps = map.find("sequence");
        window.steps = read_all(steps, "sequence", place::inside);
        if (!window.steps.empty() && (window.steps.size() < min_steps || window.steps.size() > max_steps))
            values_.invalid(*steps, "a sequence has 2 to 8 steps");
        if (of)
            out_->report(finding::conflicting_keys, map.where("of"), "'of' and 'sequence' exclude each other");
        for (auto const& step : window.steps) {
            if (window.same_file && step.kind != condition::node::command) {
                out_->report(finding::invalid_value, map.where("same"),
                             "with 'same' every step of a sequence is a 'command'");
                break;
            }
        }
    } else {
        if (window.same_file)
            out_->report(finding::conflicting_keys, map.where("same"), "'same' is for a sequence");
        condition every_event;
        every_event.kind = condition::node::all_of;
        every_event.line = node.where.line;
        window.steps.push_back(of ? read(*of, place::inside) : every_event);
    }
    for (auto const key : kinds) {
        if (key == "sequence")
            continue;
        map_reader counted(*map.find(key), key, *out_,
                           std::string(key == "count" ? "{at_least: " : "{field: ..., at_least: ") +
                               number_in(*map.find(key)) + "}");
        if (key == "distinct_count") {
            window.kind = correlation::node::distinct_count;
            window.distinct = {values_.path(counted.require("field"), "field")};
        }
        auto const threshold = values_.integer(counted.require("at_least"), "at_least", 1, max_threshold);
        window.threshold = static_cast<std::size_t>(threshold.value_or(1));
        counted.finish();
    }

    auto const* const within = map.require("within");
    window.within = values_.span(within, "within").value_or(duration{1});
    if (window.within <= duration::zero())
        values_.invalid(*within, "within must be longer than nothing");
    for (auto const& item : values_.list(map.require("group_by"), "group_by"))
        if (field_path path{values_.path(&item, "group_by")}; !path.keys.empty())
            window.group_by.push_back(std::move(path));
    if (values_.boolean(map.find("repeat"), "repeat").value_or(false))
        window.fires = correlation::firing::every_event;
    if (map.finish() && map.is_map() && kinds.empty()) {
        out_->report(finding::missing_key, node.where,
                     "a window needs one of 'count', 'distinct_count' and 'sequence'");
    }

    condition member;
    member.kind = condition::node::window;
    member.window_index = rule_->windows.size();
    rule_->windows.push_back(std::move(window));
    return member;
}

} // namespace rulehost
