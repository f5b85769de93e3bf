#include "engine/decision_index.hpp"

#include "engine/event_origin.hpp"
#include "match/value/field_values.hpp"
#include "match/value/letter_fold.hpp"

#include <algorithm>
#include <stdexcept>

namespace rulehost {

namespace {

constexpr std::size_t max_values = 64; // of a field: bounds the cost of an event with more

/// Calls `visit` with up to `max_values` texts of the event for the term, until a call returns true. Returns whether
/// one did.
template <class Visit>
bool visit_texts(scope_term::source of, field_path const& field, event const& e, Visit&& visit) {
    switch (of) {
    case scope_term::source::address:
        return visit(source_address(e));
    case scope_term::source::source_kind:
        return visit(std::string_view(e.source_kind));
    case scope_term::source::anchor:
        return visit(std::string_view(*anchor(e, field.keys.front())));
    case scope_term::source::payload:
        break;
    }
    std::size_t visited = 0;
    bool found = false;
    visit_elements(e.payload, field.keys, [&](boost::json::value const& value) {
        if (auto const* const text = value.if_string())
            found = visit(std::string_view(*text));
        else
            found = visit(std::string_view(scalar_text(value)));
        return found || ++visited == max_values;
    });
    return found;
}

bool holds_for(scope_term const& term, event const& e) {
    return visit_texts(term.of, term.field, e, [&](std::string_view text) {
        if (!term.within)
            return text == term.value;
        auto const where = address::parse(text);
        return where && term.within->contains(*where);
    });
}

/// The first `prefix` bits of the address after its family, as a key.
std::string masked(address const& where, unsigned prefix) {
    std::string key(1, where.kind == address::family::v4 ? '4' : '6');
    for (unsigned i = 0; i != (where.kind == address::family::v4 ? 4u : 16u); ++i) {
        unsigned const kept = prefix > 8 * i ? std::min(prefix - 8 * i, 8u) : 0;
        key += static_cast<char>(where.bytes[i] & (0xFF00u >> kept));
    }
    return key;
}

} // namespace

void standing_decisions::add(decision const& made) {
    switch (made.effect) {
    case decision_effect::observe:
        observed = true;
        return;
    case decision_effect::disable:
        by = disabled ? std::max(by, made.id) : made.id;
        disabled = true;
        return;
    case decision_effect::clip:
        auto const max = made.confidence_max.value_or(1);
        if (confidence_max && *confidence_max <= max)
            return;
        confidence_max = max;
        if (!disabled)
            by = made.id;
    }
}

standing_decisions decided_by(rule_definition const& rule, rule_state const& state) {
    standing_decisions sum;
    sum.observed = rule.observe;
    if (auto const made = as_decision(rule.rule_id, state))
        sum.add(*made);
    return sum;
}

decision_index::decision_index(decision_map const& all) {
    for (auto const& [id, made] : all) {
        if (!why_invalid(made).empty())
            continue;
        auto compiled = std::make_unique<scoped>();
        compiled->made = made;
        for (auto const& text : made.scope)
            compiled->scope.push_back(read_scope_term(text));
        auto const* const added = compiled.get();
        made_.push_back(std::move(compiled));
        auto const of_glob = [](auto& globs, std::string const& glob, glob_set::letter_case how) -> group& {
            auto& [set, decisions] = globs.emplace_back();
            set.add(how == glob_set::letter_case::folded ? folded(glob) : glob, how);
            set.finish();
            return decisions;
        };
        for (auto const& text : made.rules) {
            auto const selector = read_selector(text);
            auto& chosen = [&]() -> group& {
                switch (selector.by) {
                case rule_selector::kind::id_glob:
                    return of_glob(by_id_glob_, selector.text, glob_set::letter_case::exact);
                case rule_selector::kind::name_glob:
                    return of_glob(by_name_, selector.text, glob_set::letter_case::folded);
                case rule_selector::kind::technique:
                    return by_technique_[selector.text];
                case rule_selector::kind::tactic:
                    return by_tactic_[selector.text];
                case rule_selector::kind::id:
                    break;
                }
                return by_id_[selector.text];
            }();
            chosen.add(added);
        }
    }
}

void decision_index::group::add(scoped const* made) {
    if (made->scope.empty()) {
        unscoped.push_back(made);
        return;
    }
    // An exact value selects fewer decisions than a network.
    auto const exact = std::ranges::find_if(made->scope, [](scope_term const& term) { return !term.within; });
    if (exact == made->scope.end()) {
        auto const& where = *made->scope.front().within;
        networks[where.prefix()][masked(where.base(), where.prefix())].push_back(made);
        return;
    }
    auto known = std::ranges::find_if(
        fields, [&](by_value const& each) { return each.of == exact->of && each.field == exact->field; });
    if (known == fields.end())
        known = fields.insert(fields.end(), {exact->of, exact->field, {}});
    known->values[exact->value].push_back(made);
}

bool decision_index::covers(scoped const& made, event const& e) {
    return std::ranges::all_of(made.scope, [&](scope_term const& term) { return holds_for(term, e); });
}

void decision_index::add_if_covered(standing_decisions& sum, std::vector<scoped const*> const& all, event const& e,
                                    time_point now) {
    for (auto const* const each : all)
        if (holds(each->made, now) && covers(*each, e))
            sum.add(each->made);
}

void decision_index::group::add_to(standing_decisions& sum, event const& e, time_point now) const {
    add_if_covered(sum, unscoped, e, now);
    for (auto const& each : fields) {
        std::vector<std::vector<scoped const*> const*> known; // the event may have a value twice
        visit_texts(each.of, each.field, e, [&](std::string_view text) {
            auto const found = each.values.find(text);
            if (found != each.values.end() && std::ranges::find(known, &found->second) == known.end()) {
                known.push_back(&found->second);
                add_if_covered(sum, found->second, e, now);
            }
            return false;
        });
    }
    if (networks.empty())
        return;
    auto const where = address::parse(source_address(e));
    if (!where)
        return;
    for (auto const& [prefix, addresses] : networks)
        if (auto const found = addresses.find(masked(*where, prefix)); found != addresses.end())
            add_if_covered(sum, found->second, e, now);
}

void decision_index::add_by_rule(standing_decisions& sum, rule_definition const& rule, event const& e,
                                 time_point now) const {
    if (auto const found = by_id_.find(rule.rule_id); found != by_id_.end())
        found->second.add_to(sum, e, now);
    for (auto const& [glob, decisions] : by_id_glob_)
        if (glob.fits(rule.rule_id))
            decisions.add_to(sum, e, now);
    if (by_name_.empty())
        return;
    auto const name = folded(rule.name);
    for (auto const& [glob, decisions] : by_name_)
        if (glob.fits(name))
            decisions.add_to(sum, e, now);
}

void decision_index::add_by_claim(standing_decisions& sum, emission const& claimed, event const& e,
                                  time_point now) const {
    auto const look_up = [&](text_map<group> const& groups, std::string const& key) {
        if (auto const found = groups.find(key); found != groups.end())
            found->second.add_to(sum, e, now);
    };
    look_up(by_technique_, claimed.technique_id);
    if (!claimed.sub_technique_id.empty())
        look_up(by_technique_, claimed.sub_technique_id);
    look_up(by_tactic_, claimed.tactic);
}

namespace {

template <class Visit>
void visit_claims(rule_definition const& rule, Visit&& visit) {
    for (auto const& claimed : rule.emits)
        visit(claimed);
    for (auto const& table : rule.emits_by_value)
        for (auto const& [value, emissions] : table.values)
            for (auto const& claimed : emissions)
                visit(claimed);
}

/// The weakest sum of decisions over all tags of the rule.
standing_decisions about_all_tags(decision_index const& index, rule_definition const& rule, rule_state const& state,
                                  time_point now) {
    auto of_rule = decided_by(rule, state);
    index.add_by_rule(of_rule, rule, {}, now);
    std::optional<standing_decisions> least;
    visit_claims(rule, [&](emission const& claimed) {
        auto sum = of_rule;
        index.add_by_claim(sum, claimed, {}, now);
        if (!least || (least->disabled && !sum.disabled) ||
            (least->disabled == sum.disabled && least->confidence_max.value_or(1) < sum.confidence_max.value_or(1)))
            least = sum;
    });
    return least.value_or(of_rule);
}

} // namespace

bool selects(decision const& made, rule_definition const& rule) {
    decision always(decision_effect::observe, made.rules);
    always.id = 1;
    decision_index const index({{always.id, always}});
    standing_decisions sum;
    index.add_by_rule(sum, rule, {}, {});
    visit_claims(rule, [&](emission const& claimed) { index.add_by_claim(sum, claimed, {}, {}); });
    return sum.observed;
}

std::vector<compiled_rule_ptr> rules_as_decided(std::vector<compiled_rule_ptr> rules, decision_map const& decisions,
                                                time_point now) {
    decision_map unscoped;
    for (auto const& [id, made] : decisions)
        if (made.scope.empty())
            unscoped.emplace(id, made);
    decision_index const index(unscoped);
    for (auto& rule : rules) {
        auto state = effective(rule->state(), now);
        auto const sum = about_all_tags(index, rule->definition(), state, now);
        if (auto const made = unscoped.find(sum.by); made != unscoped.end()) {
            decision of_rule = made->second;
            of_rule.rules = {rule->definition().rule_id};
            of_rule.starts_at.reset();
            of_rule.ticket.clear();
            state = as_state(of_rule).value();
        }
        if (state != rule->state())
            rule = std::make_shared<compiled_rule const>(rule->shared_definition(), std::move(state));
    }
    return rules;
}

std::vector<decision> standing_at(time_point now, std::map<std::string, rule_state, std::less<>> const& states,
                                  decision_map const& decisions) {
    std::vector<decision> all;
    for (auto const& [rule_id, state] : states)
        if (auto made = as_decision(rule_id, effective(state, now)))
            all.push_back(*std::move(made));
    for (auto const& [id, made] : decisions)
        if (!has_ended(made, now))
            all.push_back(made);
    std::ranges::sort(all, {}, &decision::id);
    return all;
}

standing_decisions about_tag(decision_index const& decided, tag const& made, time_point now) {
    rule_definition rule;
    rule.rule_id = made.rule_id;
    rule.name = made.rule_name;
    emission claimed;
    claimed.tactic = made.tactic;
    claimed.technique_id = made.technique_id;
    claimed.sub_technique_id = made.sub_technique_id;
    event e;
    e.source_kind = made.source_kind;
    e.source_id = made.source_id;
    e.attacker_uuid = made.attacker_uuid;
    e.identity_uuid = made.identity_uuid;
    e.session_id = made.session_id;
    e.decky_id = made.decky_id;
    if (!made.src_ip.empty())
        e.payload["src_ip"] = made.src_ip;
    standing_decisions sum;
    decided.add_by_rule(sum, rule, e, now);
    decided.add_by_claim(sum, claimed, e, now);
    return sum;
}

} // namespace rulehost
