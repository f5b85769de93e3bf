#include "engine/bare_scan.hpp"

#include "match/value/field_values.hpp"
#include "regex/regex.hpp"

#include <set>

namespace rulehost {

namespace {

using expressions_by_field = std::map<field_path, std::set<std::string>>;

void collect(condition const& from, std::string_view source_kind, expressions_by_field& to) {
    for (auto const& child : from.children)
        collect(child, source_kind, to);
    auto field = from.field;
    if (field.keys.empty())
        field.keys.emplace_back(default_field(source_kind));
    if (from.kind != condition::node::test || from.measured == condition::measure::length || names_anchor(field))
        return;
    switch (from.compare) {
    case comparison::pattern:
        to[field].insert((from.matching == condition::letter_case::ignored ? "(?i)" : "") +
                         from.expression->pcre_syntax());
        break;
    case comparison::contains:
    case comparison::starts_with:
    case comparison::ends_with:
    case comparison::equals:
    case comparison::one_of:
        for (auto const& operand : from.operands)
            if (auto const* const text = operand.if_string(); text && !text->empty())
                to[field].insert("(?i)" + literal_expression(*text));
        break;
    default:
        break;
    }
}

} // namespace

bare_scan::bare_scan(std::vector<compiled_rule_ptr> const& rules) {
    std::map<std::string, expressions_by_field> all;
    for (auto const& rule : rules)
        for (auto const& kind : rule->definition().applies_to) {
            collect(rule->definition().match, kind, all[kind]);
            for (auto const& window : rule->definition().windows)
                for (auto const& step : window.steps)
                    collect(step, kind, all[kind]);
        }
    for (auto const& [kind, fields] : all)
        for (auto const& [path, expressions] : fields)
            fields_[kind].push_back({path, expression_database{{expressions.begin(), expressions.end()}}});
}

std::size_t bare_scan::scan(event const& e) const {
    return scan(e.source_kind, e.payload);
}

std::size_t bare_scan::scan(std::string_view source_kind, boost::json::object const& payload) const {
    auto const found = fields_.find(source_kind);
    if (found == fields_.end())
        return 0;
    std::size_t hits = 0;
    for (auto const& each : found->second)
        visit_elements(payload, each.path.keys, [&](boost::json::value const& value) {
            if (auto const* const text = value.if_string())
                hits += each.expressions.scan(*text);
            return false;
        });
    return hits;
}

std::size_t bare_scan::left_out() const {
    std::size_t sum = 0;
    for (auto const& [kind, fields] : fields_)
        for (auto const& each : fields)
            sum += each.expressions.left_out();
    return sum;
}

} // namespace rulehost
