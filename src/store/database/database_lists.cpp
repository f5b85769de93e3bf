#include "store/database/database_lists.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace rulehost {

namespace {

std::string place_of(std::string const& name) {
    return "ttp_rule_list:" + name;
}

std::string why_invalid_list(std::string const& name, boost::json::value const& values) {
    if (!is_list_name(name))
        return "the name of a list takes small letters, digits and _, a letter first; at most 64";
    if (!values.is_array() || values.get_array().empty())
        return "list_values must be a JSON array with an element, as [\"sh\", \"bash\"]";
    auto const is_value = [](boost::json::value const& each) {
        return each.is_string() || each.is_number() || each.is_bool();
    };
    return std::ranges::all_of(values.get_array(), is_value)
        ? std::string()
        : "the elements of list_values must be texts, numbers, true or false";
}

list_document document_of(std::string const& name, std::string const& text) {
    list_document document;
    document.path = place_of(name);
    auto& made = document.lists.emplace_back();
    made.list.name = name;
    made.list.path = document.path;
    boost::system::error_code problem;
    auto parsed = boost::json::parse(text, problem);
    auto const why = problem ? "list_values is no JSON: " + problem.message() : why_invalid_list(name, parsed);
    if (!why.empty()) {
        diagnostic finding;
        finding.code = "row-damaged";
        finding.message = why;
        finding.path = document.path;
        document.diagnostics.push_back(std::move(finding));
        made.is_good = false;
        return document;
    }
    made.list.values = std::move(parsed.get_array());
    for (auto const& value : made.list.values)
        if (auto const named = value.is_string() ? named_list(value.get_string()) : std::string_view(); !named.empty())
            made.mentions.push_back({std::string(named), 0, 0});
    return document;
}

} // namespace

std::set<std::string> database_lists::put(std::string const& name, std::optional<std::string> const& values) {
    if (values)
        rows_.insert_or_assign(name, document_of(name, *values));
    else
        rows_.erase(name);
    return join();
}

std::set<std::string> database_lists::replace(std::map<std::string, std::string> const& rows) {
    rows_.clear();
    for (auto const& [name, values] : rows)
        rows_.emplace(name, document_of(name, values));
    return join();
}

std::set<std::string> database_lists::join() {
    std::vector<list_document> documents;
    for (auto const& [name, row] : rows_)
        documents.push_back(row);
    auto joined = join_lists(documents, *live_);
    auto changed = changed_lists(*live_, joined.lists);
    if (!changed.empty())
        live_ = std::make_shared<rule_lists>(std::move(joined.lists));
    findings_ = std::move(joined.diagnostics);
    kept_ = std::move(joined.kept);
    return changed;
}

std::vector<quarantined_rule> database_lists::quarantine() const {
    std::map<std::string, quarantined_rule> by_path;
    for (auto const& each : findings_) {
        auto& entry = by_path[each.path];
        entry.path = each.path;
        entry.diagnostics.push_back(each);
    }
    for (auto const& name : kept_)
        if (auto const entry = by_path.find(place_of(name)); entry != by_path.end())
            entry->second.last_known_good = true;
    std::vector<quarantined_rule> all;
    for (auto& [path, entry] : by_path)
        all.push_back(std::move(entry));
    return all;
}

void database_lists::restore(rule_lists lists) {
    rows_.clear();
    for (auto const& [name, list] : lists)
        rows_.emplace(name, document_of(name, row_text(list)));
    live_ = std::make_shared<rule_lists>(std::move(lists));
    findings_.clear();
    kept_.clear();
}

std::string row_text(rule_list const& list) {
    return json_text(list.values);
}

} // namespace rulehost
