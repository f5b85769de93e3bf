// The grammar of `emits`, in EBNF over YAML (as in condition_reader.cpp):
//
//   emits    = [ ( emission | table ), ... ]
//   emission = { "technique_id": "T1548", "sub_technique_id": "T1548.001" ?, "tactic": "TA0004" ?,
//                "confidence": 0..1 ?, "scaled_by": { "field": PATH, "full_at": NUMBER } ? }
//   table    = { "by_value": PATH, "values": { VALUE: [ emission, ... ], ... } }
#include "rule/emission_reader.hpp"

#include "rule/confidence_floor.hpp"
#include "text/joined.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace rulehost {
namespace {

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

/// The shortest text of a number.
std::string plain(double number) {
    std::array<char, 32> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return {digits.data(), end};
}

std::string did_you_mean(std::vector<std::string> const& ids) {
    std::string hint;
    for (auto const& id : ids)
        hint += hint.empty() ? "did you mean " + id : " or " + id;
    return hint.empty() ? hint : hint + "?";
}

} // namespace

void emission_reader::read_emits(yaml_node const* list) {
    claims claimed;
    for (auto const& item : values_.list(list, "emits"))
        if (item.find("by_value"))
            rule_->emits_by_value.push_back(read_table(item));
        else
            rule_->emits.push_back(read_emission(item, claimed));
}

emission_table emission_reader::read_table(yaml_node const& node) {
    map_reader map(node, "a by_value table", *out_);
    emission_table table;
    table.field = {values_.path(map.find("by_value"), "by_value")};
    auto const* const values = map.require("values");
    map.finish();
    if (!values)
        return table;
    if (values->what == yaml_node::kind::null || (values->what == yaml_node::kind::map && values->items.empty())) {
        out_->report(finding::empty_list, values->where, "values is empty");
        return table;
    }
    map_reader rows(*values, "values", *out_);
    for (std::size_t i = 0; i < values->keys.size(); ++i) {
        auto const& key = values->keys[i];
        claims claimed;
        std::vector<emission> emissions;
        for (auto const& item : values_.list(&values->items[i], "'" + key.text + "'"))
            emissions.push_back(read_emission(item, claimed));
        auto const value = lower_case(key.text);
        if (!table.values.try_emplace(value, std::move(emissions)).second && value != key.text) {
            out_->report(finding::duplicate_key, key.where,
                         "'" + value + "' is given twice in values; case does not count");
        }
    }
    return table;
}

emission emission_reader::read_emission(yaml_node const& node, claims& claimed) {
    map_reader map(node, "an emission", *out_);
    emission read;
    read_techniques(read, node, map);
    auto const* const confidence = map.find("confidence");
    if (auto const value = values_.number(confidence, "confidence")) {
        if (*value < 0 || *value > 1) {
            values_.invalid(*confidence, "confidence must be between 0 and 1",
                            *value >= 2 && *value <= 100 ? "write " + plain(*value / 100) : std::string());
        } else if (*value < default_confidence_floor) {
            out_->report(finding::below_floor, confidence->where,
                         "a confidence of " + plain(*value) + " is below the floor of 0.3: never a tag",
                         "write 0.3 or more, or lower 'confidence_floor' of the host");
        }
        read.confidence = *value;
    } else if (!confidence && map.is_map()) {
        out_->report(finding::missing_confidence, node.where, "confidence is left out; 0.7 is taken");
    }
    if (auto const* const scale = map.find("scaled_by"))
        read_scale(read, *scale);
    map.finish();
    add_names(read);
    auto const& id = technique_of(read);
    if (!id.empty() && !claimed.insert(read.technique_id + "|" + read.sub_technique_id).second)
        out_->report(finding::repeated_technique, node.where, id + " is claimed already; it becomes one tag");
    return read;
}

void emission_reader::read_techniques(emission& read, yaml_node const& node, map_reader& map) {
    auto const* const parent = map.require("technique_id");
    auto const* const child = map.find("sub_technique_id");
    if (parent && parent->text.find('.') != std::string::npos) {
        values_.invalid(*parent, "technique_id takes the technique without its sub-technique",
                        "write technique_id: " + parent->text.substr(0, parent->text.find('.')) +
                            " and sub_technique_id: " + parent->text);
    } else if (auto const* const known = known_technique(parent, "technique_id")) {
        read.technique_id = known->id;
    }
    if (auto const* const known = known_technique(child, "sub_technique_id")) {
        if (read.technique_id.empty() || known->id.starts_with(read.technique_id + "."))
            read.sub_technique_id = known->id;
        else
            values_.invalid(*child, known->id + " is not a sub-technique of " + read.technique_id);
    }
    read_tactic(read, node, map);
}

void emission_reader::add_names(emission& read) const {
    if (auto const* const tactic = attack_->find_tactic(read.tactic))
        read.tactic_name = tactic->name;
    if (auto const* const parent = attack_->find_technique(read.technique_id))
        read.technique_name = parent->name;
    if (auto const* const child = attack_->find_technique(read.sub_technique_id))
        read.technique_name += ": " + child->name;
}

attack_table::technique const* emission_reader::known_technique(yaml_node const* node, std::string_view what) {
    auto const id = values_.text(node, what);
    if (!id)
        return nullptr;
    auto const* const known = attack_->find_technique(*id);
    if (!known) {
        report_unknown(finding::unknown_technique, *node, what, *id);
    } else if (known->status == attack_table::standing::revoked) {
        auto const* const successor = attack_->successor_of(*known);
        out_->report(finding::revoked_technique, node->where, *id + " (" + known->name + ") was revoked",
                     successor ? "its successor is " + successor->id + " (" + successor->name + ")" : std::string());
    } else if (known->status == attack_table::standing::deprecated) {
        out_->report(finding::deprecated_technique, node->where, *id + " (" + known->name + ") is deprecated");
    }
    return known;
}

/// Skips ids of the other kind: a technique may have the name of a tactic.
void emission_reader::report_unknown(finding what, yaml_node const& node, std::string_view key,
                                     std::string const& written) {
    auto const is_tactic = what == finding::unknown_tactic;
    if (!out_->has_room())
        return out_->report(what, node.where, {}); // only counted: what is meant takes a search of the whole table
    std::string instead;
    for (auto const& id : attack_->named(written)) {
        auto const is_child = id.find('.') != std::string::npos;
        if (id.starts_with("TA") != is_tactic || (is_child && key == "technique_id" && !instead.empty()))
            continue;
        instead += (instead.empty() ? "write " : " or ") + id;
        if (is_child && key == "technique_id")
            instead = "write technique_id: " + id.substr(0, id.find('.')) + " and sub_technique_id: " + id;
    }
    if (!instead.empty()) {
        out_->report(what, node.where, "'" + written + "' is a name; " + std::string(key) + " takes an id",
                     std::move(instead));
        return;
    }
    out_->report(what, node.where,
                 "ATT&CK never had a " + std::string(is_tactic ? "tactic" : "technique") + " '" + written + "'",
                 did_you_mean(attack_->similar(written)));
}

void emission_reader::read_tactic(emission& read, yaml_node const& node, map_reader& map) {
    auto const* const written = map.find("tactic");
    auto const& id = technique_of(read);
    auto const* const technique = id.empty() ? nullptr : attack_->find_technique(id);
    if (auto const tactic = values_.text(written, "tactic")) {
        if (auto const* const former = attack_->formerly_named(*tactic)) {
            read.tactic = former->id;
            auto const* const now = attack_->find_tactic(former->id);
            auto const plain_id = std::string(former->id);
            auto const moved = technique && !technique->tactics.empty() &&
                std::ranges::find(technique->tactics, plain_id) == technique->tactics.end();
            out_->report(finding::former_tactic, written->where,
                         "'" + *tactic + "' is the name of " + plain_id + " until ATT&CK " +
                             std::string(former->until) + (now ? "; it is " + now->name + " now" : ""),
                         "write " + (moved ? technique->tactics.front() : plain_id));
            return;
        }
        if (!attack_->find_tactic(*tactic)) {
            report_unknown(finding::unknown_tactic, *written, "tactic", *tactic);
        } else if (technique && std::ranges::find(technique->tactics, *tactic) == technique->tactics.end()) {
            auto const has = joined(technique->tactics, ", ");
            out_->report(finding::tactic_mismatch, written->where, id + " does not belong to " + *tactic,
                         has.empty() ? has : "it belongs to " + has);
        }
        read.tactic = *tactic;
        return;
    }
    if (written || !technique)
        return;
    if (technique->tactics.empty()) {
        out_->report(finding::missing_key, node.where, id + " has no tactic in ATT&CK; name one with 'tactic'");
        return;
    }
    read.tactic = technique->tactics.front();
    if (technique->tactics.size() > 1) {
        out_->report(finding::ambiguous_tactic, node.where,
                     "tactic is left out and " + id + " has several; " + read.tactic + " is taken");
    }
}

void emission_reader::read_scale(emission& read, yaml_node const& node) {
    map_reader map(node, "scaled_by", *out_, "{field: ..., full_at: 100}");
    read.scaled_by = {values_.path(map.require("field"), "field")};
    auto const* const full = map.require("full_at");
    read.full_scale = values_.number(full, "full_at").value_or(1);
    if (!(read.full_scale > 0))
        values_.invalid(*full, "full_at must be above 0");
    map.finish();
}

} // namespace rulehost
