// The grammar of `tests`, in EBNF over YAML (as in condition_reader.cpp):
//
//   tests = [ test, ... ]
//   test  = { "name": TEXT ?, "source_kind": KIND ?, "event": { payload }, "expect": ids }
//         | { "name": TEXT ?, "events": [ event, ... ], "expect": ids }
//   event = { "at": DURATION ?, "source_kind": KIND ?, "attacker_uuid": TEXT ?, "identity_uuid": TEXT ?,
//             "session_id": TEXT ?, "decky_id": TEXT ?, "payload": { payload } }       (in the order of time)
//   ids   = [ ID, ... ] | []        (sub-technique ids where the rule names one; [] = the rule stays silent)
#include "rule/rule_test_reader.hpp"

#include "rule/rule_techniques.hpp"
#include "yaml/nearest.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <set>

namespace rulehost {
namespace {

constexpr std::size_t max_id = 16; // no id of a technique is longer

} // namespace

void rule_test_reader::read_tests(yaml_node const* list) {
    for (auto const& item : values_.list(list, "tests"))
        rule_->tests.push_back(read_test(item));
}

rule_test rule_test_reader::read_test(yaml_node const& node) {
    map_reader map(node, "a test", *out_);
    rule_test test;
    test.line = node.where.line;
    test.name = values_.text(map.find("name"), "name").value_or("");
    auto const* const single = map.find("event");
    auto const* const several = map.find("events");
    if (single && several) {
        out_->report(finding::conflicting_keys, map.where("events"), "'event' and 'events' exclude each other");
    } else if (several) {
        for (auto const& item : values_.list(several, "events")) {
            test.events.push_back(read_event(item));
            auto const count = test.events.size();
            if (count > 1 && test.events[count - 1].at < test.events[count - 2].at)
                values_.invalid(item, "events must be in the order of their time; this one is before the one above it");
        }
    } else {
        rule_test_event event;
        event.source_kind = read_kind(map);
        event.payload = read_payload(map.require("event"), "event");
        test.events.push_back(std::move(event));
    }
    test.expected = read_expected(map.require("expect"));
    map.finish();
    return test;
}

rule_test_event rule_test_reader::read_event(yaml_node const& node) {
    map_reader map(node, "an event", *out_);
    rule_test_event event;
    event.at = values_.span(map.find("at"), "at").value_or(duration::zero());
    event.source_kind = read_kind(map);
    for (std::string_view const anchor : {"attacker_uuid", "identity_uuid", "session_id", "decky_id"})
        if (auto const value = values_.text(map.find(anchor), anchor))
            event.anchors[anchor] = *value;
    event.payload = read_payload(map.require("payload"), "payload");
    map.finish();
    return event;
}

std::string rule_test_reader::read_kind(map_reader& map) {
    return values_.text(map.find("source_kind"), "source_kind").value_or(default_kind_);
}

boost::json::object rule_test_reader::read_payload(yaml_node const* node, std::string_view what) {
    if (!node)
        return {};
    if (node->what != yaml_node::kind::map) {
        values_.wrong_type(*node, what, "a map");
        return {};
    }
    check_values(*node, what);
    return to_json(*node).as_object();
}

void rule_test_reader::check_values(yaml_node const& node, std::string_view what) {
    if (node.what == yaml_node::kind::map)
        map_reader(node, what, *out_);
    values_.warn_if_misread(node);
    for (auto const& item : node.items)
        check_values(item, what);
}

std::vector<std::string> rule_test_reader::read_expected(yaml_node const* node) {
    std::vector<std::string> expected;
    if (!node)
        return expected;
    if (node->what != yaml_node::kind::sequence) {
        values_.wrong_type(
            *node, "expect", "a list of technique ids",
            (node->text.empty() || node->text.size() > max_id ? std::string() : "write [" + node->text + "]; ") +
                "an empty list [] means that the rule stays silent");
        return expected;
    }
    auto const emitted = techniques_of(*rule_);
    for (auto const& item : node->items) {
        auto id = values_.text(&item, "expect");
        if (!id)
            continue;
        if (!emitted.contains(*id)) {
            auto const meant = nearest(*id, {emitted.begin(), emitted.end()});
            values_.invalid(item, "the rule never emits '" + *id + "'",
                            meant.empty() ? "" : "did you mean '" + meant + "'?");
        }
        expected.push_back(std::move(*id));
    }
    std::ranges::sort(expected);
    expected.erase(std::ranges::unique(expected).begin(), expected.end());
    return expected;
}

} // namespace rulehost
