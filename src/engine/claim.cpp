#include "engine/claim.hpp"

#include "match/value/field_values.hpp"
#include "match/value/letter_fold.hpp"

#include <algorithm>

namespace rulehost {

namespace {

double scaled(emission const& what, event const& e) {
    double factor = 1;
    if (!what.scaled_by.keys.empty() && what.full_scale > 0)
        visit_values(e.payload, what.scaled_by.keys, [&](boost::json::value const& value) {
            if (value.is_number())
                factor = std::clamp(value.to_number<double>() / what.full_scale, 0.0, 1.0);
            return value.is_number();
        });
    return what.confidence * factor;
}

bool same_technique(emission const& a, emission const& b) {
    return a.technique_id == b.technique_id && a.sub_technique_id == b.sub_technique_id;
}

} // namespace

std::vector<claim> claims_of(rule_definition const& definition, rule_state const& state, decisions_at const& decided,
                             event const& e) {
    std::vector<claim> claims;
    auto const add = [&](emission const& what) {
        claim made{&what, scaled(what, e), 0, {}};
        auto const known = std::ranges::find_if(claims, [&](claim const& c) { return same_technique(*c.what, what); });
        if (known == claims.end())
            claims.push_back(made);
        else if (known->scaled < made.scaled)
            *known = made;
    };
    for (auto const& what : definition.emits)
        add(what);
    for (auto const& table : definition.emits_by_value) {
        auto const look_up = [&](std::string const& value) {
            if (auto const found = table.values.find(folded(value)); found != table.values.end())
                for (auto const& what : found->second)
                    add(what);
        };
        if (names_anchor(table.field))
            look_up(*anchor(e, table.field.keys.front()));
        else if (!table.field.keys.empty())
            visit_elements(e.payload, table.field.keys, [&](boost::json::value const& value) {
                look_up(scalar_text(value));
                return false;
            });
    }
    auto of_rule = decided_by(definition, state);
    if (decided.all)
        decided.all->add_by_rule(of_rule, definition, e, decided.now);
    for (auto& each : claims) {
        each.decided = of_rule;
        if (decided.all)
            decided.all->add_by_claim(each.decided, *each.what, e, decided.now);
        each.confidence = std::min(each.scaled, each.decided.confidence_max.value_or(1.0));
    }
    return claims;
}

} // namespace rulehost
