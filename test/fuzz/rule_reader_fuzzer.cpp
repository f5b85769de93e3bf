// Feeds any bytes to the rule reader and checks its contract.
#include "fuzz/fuzzing.hpp"

#include <rulehost/list_reader.hpp>
#include <rulehost/rule_reader.hpp>

#include "regex/regex.hpp"

#include <boost/json/parse.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

using rulehost::fuzzing::require;

namespace {

void search_all(rulehost::condition const& node, std::string_view text) {
    if (node.expression)
        node.expression->search(text);
    for (auto const& child : node.children)
        search_all(child, text);
}

void check(rulehost::rule_document const& document, rulehost::rule_lists const& lists) {
    require((document.definition == nullptr) == has_errors(document.diagnostics));
    for (auto const& found : document.diagnostics) {
        require(found.source_line.size() <= 400);
        for (auto const c : to_text(found))
            require(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
    }
    if (!document.definition)
        return;
    auto const& rule = *document.definition;
    require(!rule.rule_id.empty() && !rule.applies_to.empty() && rule.emits.size() + rule.emits_by_value.size() != 0);
    auto const again = rulehost::read_rules(rule.text, "fuzz", lists);
    require(again.size() == 1 && again.front().definition &&
            again.front().definition->content_hash == rule.content_hash);
    search_all(rule.match, rule.text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const list_documents = rulehost::read_lists(text, "fuzz");
    auto const joined = rulehost::join_lists(list_documents);
    for (auto const& [name, list] : joined.lists) {
        std::set<std::string> used;
        require(rulehost::is_list_name(name) && !list.values.empty());
        rulehost::open_list(joined.lists, name, used);
        require(used.contains(name));
    }
    auto const documents = rulehost::read_rules(text, "fuzz", joined.lists);
    require(!documents.empty() || !list_documents.empty());
    for (auto const& document : documents)
        check(document, joined.lists);
    auto const all = check_rules(documents);
    boost::json::parse(to_json(all));
    boost::json::parse(to_sarif(all));
    return 0;
}
