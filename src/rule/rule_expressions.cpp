#include "rule/rule_expressions.hpp"

#include "regex/regex.hpp"

namespace rulehost {

namespace {

using expressions = std::vector<std::shared_ptr<regex const>>;

void collect(value_condition const& from, expressions& to) {
    if (from.expression)
        to.push_back(from.expression);
    for (auto const& child : from.children)
        collect(child, to);
}

void collect(command_condition const& from, expressions& to) {
    for (auto const& test : from.tests) {
        collect(test.value, to);
        for (auto const& other : test.others)
            collect(other, to);
    }
}

void collect(condition const& from, expressions& to) {
    if (from.expression)
        to.push_back(from.expression);
    for (auto const& step : from.commands)
        for (auto const& each : step)
            collect(each, to);
    for (auto const& child : from.children)
        collect(child, to);
}

} // namespace

expressions expressions_of(rule_definition const& rule) {
    expressions all;
    collect(rule.match, all);
    for (auto const& window : rule.windows)
        for (auto const& step : window.steps)
            collect(step, all);
    return all;
}

} // namespace rulehost
