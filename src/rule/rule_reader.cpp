// The grammar of a rule document, in EBNF over YAML (as in condition_reader.cpp, which has `match`;
// emission_reader.cpp has `emits`, rule_test_reader.cpp has `tests`):
//
//   rule = { "rule_id": ID, "rule_version": INTEGER ?, "name": TEXT, "description": TEXT ?,
//            "status": ( "stable" | "observe" ) ?, "applies_to": [ ( KIND | { "source_kind": KIND } ), ... ], "match": match, "emits": emits,
//            "evidence_fields": [ PATH, ... ] ?, "references": [ TEXT, ... ] ?, "attack_release": TEXT ?,
//            "last_reviewed": DATE ?, "next_review": DATE ?, "tests": tests ? }
#include <rulehost/rule_reader.hpp>

#include "rule/command_warnings.hpp"
#include "rule/condition_reader.hpp"
#include "rule/emission_reader.hpp"
#include "rule/list_document.hpp"
#include "rule/one_rule.hpp"
#include "rule/rule_file_name.hpp"
#include "rule/rule_id.hpp"
#include "rule/rule_test_reader.hpp"
#include "text/source_kind.hpp"
#include "uuid/named_uuid.hpp"
#include "yaml/findings.hpp"
#include "yaml/nearest.hpp"
#include "yaml/node_reader.hpp"
#include "yaml/yaml_document.hpp"

#include <boost/json/serialize.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

namespace rulehost {
namespace {

constexpr std::size_t max_documents = 10'000; // of a file: diagnostics take a hundred times the memory of a rule's text

constexpr document_kind rule_text{"rule", "rules are UTF-8 text; in a pattern write it as \\xNN"};

/// Reads the keys of one rule document.
class definition_reader {
public:
    definition_reader(rule_lists const& lists, attack_table const& attack, findings& out)
        : lists_(&lists), attack_(&attack), out_(&out), values_(out) {}

    rule_definition read(yaml_node const& root) {
        rule_definition rule;
        map_reader map(root, "a rule", *out_);
        rule.rule_id = read_id(map.require("rule_id"));
        rule.rule_version = values_.integer(map.find("rule_version"), "rule_version", 1, INT32_MAX).value_or(1);
        rule.name = values_.text(map.require("name"), "name").value_or("");
        rule.description = values_.text(map.find("description"), "description").value_or("");
        rule.observe = read_status(map.find("status"));
        auto const first_kind = read_kinds(rule, map.require("applies_to"));
        if (auto const* const match = map.require("match")) {
            rule.match = condition_reader(rule, *lists_, *out_).read_match(*match);
            warn_of_impossible_commands(rule.match, *out_);
            for (auto const& window : rule.windows)
                for (auto const& step : window.steps)
                    warn_of_impossible_commands(step, *out_);
        }
        emission_reader(rule, *attack_, *out_).read_emits(map.require("emits"));
        read_evidence(rule, map.find("evidence_fields"));
        rule.references = values_.texts(map.find("references"), "references");
        rule.attack_release = values_.scalar_text(map.find("attack_release"), "attack_release").value_or("");
        rule.last_reviewed = values_.date(map.find("last_reviewed"), "last_reviewed").value_or("");
        rule.next_review = values_.date(map.find("next_review"), "next_review").value_or("");
        rule_test_reader(rule, first_kind, *out_).read_tests(map.find("tests"));
        map.finish();
        return rule;
    }

private:
    std::string read_id(yaml_node const* node) {
        auto const id = values_.text(node, "rule_id");
        if (id && !is_rule_id(*id)) {
            values_.invalid(*node, "rule_id takes letters, digits and _ only, at most 128");
            return {};
        }
        return id.value_or("");
    }

    /// Whether the rule is only observed.
    bool read_status(yaml_node const* node) {
        auto const status = values_.text(node, "status");
        if (status && *status != "stable" && *status != "observe")
            values_.invalid(*node, "status is stable or observe, not '" + *status + "'", hint_for_status(*status));
        return status == "observe";
    }

    /// Sigma's other words say how ripe a rule is, not what becomes of its tags.
    static std::string hint_for_status(std::string_view status) {
        if (status == "test" || status == "experimental")
            return "write `status: observe` to try the rule before its tags count, or leave the line out";
        if (status == "deprecated" || status == "unsupported")
            return "remove the rule, or disable it with `rulehost state disable`";
        auto const meant = nearest(status, {"stable", "observe"});
        return meant.empty() ? std::string() : "did you mean '" + meant + "'?";
    }

    /// Returns the first kind.
    std::string read_kinds(rule_definition& rule, yaml_node const* list) {
        for (auto const& item : values_.list(list, "applies_to")) {
            auto const* kind = &item;
            if (item.what == yaml_node::kind::map) {
                map_reader map(item, "an element of applies_to", *out_);
                kind = map.require("source_kind");
                map.finish();
            }
            if (auto name = values_.text(kind, "source_kind")) {
                check_kind(*name, kind->where);
                rule.applies_to.push_back(std::move(*name));
            }
        }
        auto const first = rule.applies_to.empty() ? std::string() : rule.applies_to.front();
        std::ranges::sort(rule.applies_to);
        rule.applies_to.erase(std::ranges::unique(rule.applies_to).begin(), rule.applies_to.end());
        return first;
    }

    void check_kind(std::string_view name, position where) {
        std::vector<std::string_view> known;
        for (auto const& each : known_source_kinds)
            known.push_back(each.name);
        if (std::ranges::find(known, name) == known.end()) {
            auto const meant = nearest(name, known);
            out_->report(finding::unknown_source_kind, where,
                         "no known producer makes '" + std::string(name) + "' events",
                         meant.empty() ? std::string() : "did you mean '" + meant + "'?");
        }
    }

    void read_evidence(rule_definition& rule, yaml_node const* list) {
        for (auto const& item : values_.list(list, "evidence_fields"))
            if (field_path path{values_.path(&item, "evidence_fields")}; !path.keys.empty())
                rule.evidence_fields.push_back(std::move(path));
    }

    rule_lists const* lists_;
    attack_table const* attack_;
    findings* out_;
    value_reader values_;
};

/// Hash of the values of the lists with these names.
std::string hash_of(std::vector<std::string> const& names, rule_lists const& lists) {
    if (names.empty())
        return {};
    std::string text;
    for (auto const& name : names)
        text += name + ": " + boost::json::serialize(lists.find(name)->second.values) + '\n';
    return to_string(content_uuid(text));
}

rule_document refused_text(std::size_t pieces, std::string_view path) {
    findings out(path, {});
    out.report(finding::too_large, {},
               "the text has " + std::to_string(pieces) + " documents; " + std::to_string(max_documents) +
                   " are allowed");
    rule_document document;
    document.diagnostics = out.take({});
    return document;
}

std::string const& path_of(rule_document const& document) {
    return document.definition ? document.definition->path : document.diagnostics.front().path;
}

position claim_of(rule_document const& document) {
    auto const claimed = find_rule_id({document.text, document.line});
    return claimed ? claimed->where : position{document.line, 0};
}

/// The finding about a document with the rule_id of `winner`.
std::vector<diagnostic> rivalry(rule_document const& document, rule_document const& winner) {
    findings out(path_of(document), {document.text, document.line});
    auto const there = path_of(winner) + ":" + std::to_string(claim_of(winner).line);
    if (yields_to_plain_names(path_of(document)) && !yields_to_plain_names(path_of(winner))) {
        out.report(finding::shadowed_rule, claim_of(document),
                   document.rule_id + " is not taken from here but from " + there,
                   "remove one of the two, or give it another rule_id");
    } else {
        out.report(finding::duplicate_rule, claim_of(document), document.rule_id + " is claimed already at " + there,
                   "give one of them another rule_id");
    }
    return out.take(document.rule_id);
}

} // namespace

rule_document read_rule(document_text text, std::string_view path, rule_lists const& lists,
                        attack_table const& attack) {
    rule_document document;
    document.text = text.text;
    document.line = text.line;
    findings out(path, text);
    auto definition = std::make_shared<rule_definition>();
    auto const root = parse_document(text, rule_text, out);
    if (root && root->what == yaml_node::kind::null) {
        out.report(finding::no_rule, {}, "the text holds no rule");
    } else if (root && root->find("lists") && !root->find("rule_id")) {
        out.report(finding::no_rule, root->where, "the document holds lists, and no line of it starts with `lists:`",
                   "write `lists:` at the start of a line");
    } else if (root) {
        *definition = definition_reader(lists, attack, out).read(*root);
        document.rule_id = definition->rule_id;
    }
    if (document.rule_id.empty()) {
        if (auto claimed = find_rule_id(text))
            document.rule_id = std::move(claimed->rule_id);
    }
    document.diagnostics = out.take(document.rule_id);
    if (!has_errors(document.diagnostics)) {
        definition->text = text.text;
        definition->content_hash = to_string(content_uuid(text.text));
        definition->lists_hash = hash_of(definition->lists, lists);
        definition->path = path;
        definition->line = text.line;
        document.definition = std::move(definition);
    }
    return document;
}

std::vector<rule_document> read_rules(std::string_view text, std::string_view path, rule_lists const& lists,
                                      attack_table const& attack) {
    auto const pieces = split_documents(text);
    std::vector<rule_document> documents;
    if (pieces.size() > max_documents) {
        documents.push_back(refused_text(pieces.size(), path));
        return documents;
    }
    for (auto const& piece : pieces)
        if (!is_list_document(piece))
            documents.push_back(read_rule(piece, path, lists, attack));
    return documents;
}

std::vector<diagnostic> check_rules(std::vector<rule_document> const& documents) {
    std::map<std::string, rule_document const*> winners;
    for (auto const yields : {false, true}) {
        for (auto const& document : documents)
            if (!document.rule_id.empty() && yields_to_plain_names(path_of(document)) == yields)
                winners.try_emplace(document.rule_id, &document);
    }
    std::vector<diagnostic> all;
    for (auto const& document : documents) {
        all.insert(all.end(), document.diagnostics.begin(), document.diagnostics.end());
        if (auto const winner = winners.find(document.rule_id); winner != winners.end() && winner->second != &document)
            std::ranges::move(rivalry(document, *winner->second), std::back_inserter(all));
    }
    return all;
}

} // namespace rulehost
