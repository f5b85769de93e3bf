// The grammar of a document of lists, in EBNF over YAML (as in rule_reader.cpp):
//
//   lists = { "lists": { NAME: values, ... } }
//   values = [ ( TEXT | NUMBER | TRUTH | "$" NAME | values ), ... ]
#include <rulehost/list_reader.hpp>

#include "rule/list_document.hpp"
#include "rule/rule_file_name.hpp"
#include "yaml/findings.hpp"
#include "yaml/nearest.hpp"
#include "yaml/node_reader.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace rulehost {
namespace {

constexpr document_kind list_text{"document of lists", "lists are UTF-8 text"};

/// Whether a line of the document starts with `key` and a colon.
bool has_line_with(document_text document, std::string_view key) {
    for (auto at = document.text.find(key); at != std::string_view::npos; at = document.text.find(key, at + 1)) {
        auto const before = document.text.substr(0, at);
        auto const behind = document.text.substr(at + key.size());
        auto const colon = behind.find_first_not_of(' ');
        if ((before.empty() || before.ends_with('\n') || before == "\xef\xbb\xbf" || before == "--- ") &&
            colon != std::string_view::npos && behind[colon] == ':')
            return true;
    }
    return false;
}

class document_reader {
public:
    document_reader(list_document& document, findings& out) : document_(&document), out_(&out), values_(out) {}

    void read(yaml_node const& root) {
        map_reader map(root, "a document of lists", *out_);
        auto const* const lists = map.require("lists");
        map.finish();
        document_->is_readable = lists && lists->what == yaml_node::kind::map;
        if (!lists)
            return;
        if (lists->what != yaml_node::kind::map) {
            values_.wrong_type(*lists, "lists", "a map", "write lists: {shells: [sh, bash]}");
            return;
        }
        std::set<std::string_view> seen;
        for (std::size_t i = 0; i < lists->keys.size(); ++i)
            read_list(lists->keys[i], lists->items[i], seen);
    }

private:
    void read_list(yaml_node::key const& key, yaml_node const& node, std::set<std::string_view>& seen) {
        list_definition made;
        made.list.name = key.text;
        made.list.path = document_->path;
        made.list.line = key.where.line;
        made.column = key.where.column;
        is_good_ = true;
        if (!is_list_name(key.text)) {
            auto const plain = key.text.starts_with('$') ? std::string_view(key.text).substr(1) : std::string_view();
            report(finding::invalid_value, key.where,
                   "the name of a list takes small letters, digits and _, a letter first; at most 64",
                   is_list_name(plain) ? "define it as '" + std::string(plain) + "'; the $ is for where it is used"
                                       : "");
        } else if (!seen.insert(key.text).second) {
            report(finding::duplicate_key, key.where, "the document defines the list '" + key.text + "' twice");
        }
        if (node.what != yaml_node::kind::sequence) {
            values_.wrong_type(node, key.text, "a list", "write " + key.text + ": [...]");
            is_good_ = false;
        } else if (node.items.empty()) {
            report(finding::empty_list, node.where, "the list '" + key.text + "' is empty");
        }
        read_values(node, made);
        made.is_good = is_good_;
        document_->lists.push_back(std::move(made));
    }

    void read_values(yaml_node const& node, list_definition& made) {
        for (auto const& item : node.items) {
            if (item.what == yaml_node::kind::sequence) {
                read_values(item, made);
                continue;
            }
            auto value = values_.scalar(&item, "a value of a list", "quote it, or remove it");
            if (!value) {
                is_good_ = false;
                continue;
            }
            if (auto const named = value->is_string() ? named_list(value->get_string()) : std::string_view();
                !named.empty())
                made.mentions.push_back({std::string(named), item.where.line, item.where.column});
            made.list.values.push_back(std::move(*value));
        }
    }

    void report(finding what, position where, std::string message, std::string hint = {}) {
        out_->report(what, where, std::move(message), std::move(hint));
        is_good_ = false;
    }

    list_document* document_;
    findings* out_;
    value_reader values_;
    bool is_good_ = true;
};

list_document read_document(document_text text, std::string_view path) {
    list_document document;
    document.path = path;
    document.text = text.text;
    document.line = text.line;
    findings out(path, text);
    auto const root = parse_document(text, list_text, out);
    document.is_readable = root.has_value();
    if (root)
        document_reader(document, out).read(*root);
    document.diagnostics = out.take({});
    return document;
}

/// The lists that are named by `list`.
std::vector<std::string_view> mentioned_by(rule_list const& list) {
    std::vector<std::string_view> names;
    for (auto const& value : list.values)
        if (auto const named = value.is_string() ? named_list(value.get_string()) : std::string_view(); !named.empty())
            names.push_back(named);
    return names;
}

/// The lists on a cycle of references, or between two cycles.
std::set<std::string, std::less<>> circular(rule_lists const& lists) {
    std::map<std::string_view, std::set<std::string_view>> to;
    std::map<std::string_view, std::set<std::string_view>> from;
    for (auto const& [name, list] : lists) {
        for (auto const named : mentioned_by(list)) {
            to[name].insert(named);
            from[named].insert(name);
        }
    }
    std::set<std::string, std::less<>> left;
    for (auto const& [name, list] : lists)
        left.insert(name);
    // A list without remaining references, or not referenced by a remaining list, is on no cycle.
    for (auto* const direction : {&to, &from}) {
        auto& other = direction == &to ? from : to;
        std::vector<std::string_view> ends;
        for (auto const& [name, list] : lists)
            if (left.contains(name) && (*direction)[name].empty())
                ends.push_back(name);
        while (!ends.empty()) {
            auto const name = ends.back();
            ends.pop_back();
            left.erase(left.find(name));
            for (auto const near : other[name]) {
                auto& beyond = (*direction)[near];
                beyond.erase(name);
                if (beyond.empty() && left.contains(near))
                    ends.push_back(near);
            }
            other.erase(name);
        }
        for (auto& [name, names] : other)
            std::erase_if(names, [&](auto const each) { return !left.contains(each); });
    }
    return left;
}

class joiner {
public:
    joiner(std::vector<list_document> const& documents, rule_lists const& former)
        : documents_(&documents), former_(&former) {}

    joined_lists join() {
        for (auto const& each : *documents_)
            result_.diagnostics.insert(result_.diagnostics.end(), each.diagnostics.begin(), each.diagnostics.end());
        choose();
        keep_former();
        while (drop_unusable()) {}
        return std::move(result_);
    }

private:
    struct claim {
        list_document const* document;
        list_definition const* definition;
    };

    void choose() {
        for (auto const yields : {false, true}) {
            for (auto const& document : *documents_) {
                if (yields_to_plain_names(document.path) != yields)
                    continue;
                for (auto const& each : document.lists) {
                    auto const [claimed, is_first] = claims_.try_emplace(each.list.name, claim{&document, &each});
                    if (!is_first && claimed->second.document != &document) {
                        report({&document, &each}, finding::duplicate_list, each.list.line, each.column,
                               "the list '" + each.list.name + "' is defined already at " +
                                   claimed->second.document->path + ":" +
                                   std::to_string(claimed->second.definition->list.line),
                               "give one of them another name");
                    }
                }
            }
        }
        for (auto const& [name, each] : claims_)
            if (each.definition->is_good)
                result_.lists.emplace(name, each.definition->list);
    }

    void keep_former() {
        std::set<std::string_view> unreadable;
        for (auto const& each : *documents_)
            if (!each.is_readable)
                unreadable.insert(each.path);
        for (auto const& [name, list] : *former_)
            if ((claims_.contains(name) || unreadable.contains(list.path)) &&
                result_.lists.emplace(name, list).second) // keeps a valid definition
                result_.kept.insert(name);
    }

    /// Reverts one unusable list to its former values. False: there is none.
    bool drop_unusable() {
        std::vector<std::string> bad;
        for (auto const& [name, list] : result_.lists) {
            for (auto const named : mentioned_by(list)) {
                if (!result_.lists.contains(named)) {
                    bad.push_back(name);
                    report_mention(name, named, finding::unknown_list);
                    break;
                }
            }
        }
        if (bad.empty()) {
            auto const all = circular(result_.lists);
            for (auto const& name : all) {
                bad.push_back(name);
                auto const mentioned = mentioned_by(result_.lists.find(name)->second);
                auto const next = std::ranges::find_if(mentioned, [&](auto const each) { return all.contains(each); });
                report_mention(name, *next, finding::list_circle);
            }
        }
        for (auto const& name : bad) {
            auto const before = former_->find(name);
            if (before != former_->end() && dropped_.insert(name).second) {
                result_.lists.at(name) = before->second;
                result_.kept.insert(name);
            } else {
                result_.lists.erase(name);
                result_.kept.erase(name);
            }
        }
        return !bad.empty();
    }

    void report_mention(std::string const& name, std::string_view named, finding what) {
        auto const claimed = claims_.find(name);
        if (dropped_.contains(name) || claimed == claims_.end())
            return; // a former definition
        auto const& mentions = claimed->second.definition->mentions;
        auto const mention = std::ranges::find(mentions, named, &list_definition::mention::name);
        if (mention == mentions.end())
            return;
        auto const shown = "$" + std::string(named);
        if (what == finding::list_circle) {
            report(claimed->second, what, mention->line, mention->column,
                   "the list '" + name + "' leads back to itself by way of " + shown);
        } else if (claims_.contains(named)) {
            report(claimed->second, what, mention->line, mention->column, "the list " + shown + " has an error");
        } else {
            std::vector<std::string_view> known;
            for (auto const& [each, unused] : claims_)
                known.push_back(each);
            auto const meant = nearest(named, known);
            report(claimed->second, what, mention->line, mention->column, "unknown list " + shown,
                   meant.empty() ? std::string() : "did you mean '$" + meant + "'?");
        }
    }

    void report(claim about, finding what, std::size_t line, std::size_t column, std::string message,
                std::string hint = {}) {
        findings out(about.document->path, {about.document->text, about.document->line});
        out.report(what, {line, column}, std::move(message), std::move(hint));
        std::ranges::move(out.take({}), std::back_inserter(result_.diagnostics));
    }

    std::vector<list_document> const* documents_;
    rule_lists const* former_;
    std::map<std::string, claim, std::less<>> claims_;
    std::set<std::string> dropped_; ///< reverted to their former values
    joined_lists result_;
};

} // namespace

bool is_list_document(document_text document) {
    return has_line_with(document, "lists") && !has_line_with(document, "rule_id");
}

std::vector<list_document> read_lists(std::string_view text, std::string_view path) {
    std::vector<list_document> documents;
    if (text.find("lists") == std::string_view::npos)
        return documents;
    for (auto const& piece : split_documents(text))
        if (is_list_document(piece))
            documents.push_back(read_document(piece, path));
    return documents;
}

joined_lists join_lists(std::vector<list_document> const& documents, rule_lists const& former) {
    return joiner(documents, former).join();
}

std::set<std::string> changed_lists(rule_lists const& before, rule_lists const& after) {
    std::set<std::string> changed;
    for (auto const& [one, other] : {std::pair(&before, &after), std::pair(&after, &before)}) {
        for (auto const& [name, list] : *one)
            if (auto const found = other->find(name); found == other->end() || found->second.values != list.values)
                changed.insert(name);
    }
    return changed;
}

} // namespace rulehost
