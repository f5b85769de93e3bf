#include <rulehost/adapter_table.hpp>

#include "event/adapter_reader.hpp"
#include "event/shipped_adapters.hpp"
#include "text/assertion.hpp"
#include "yaml/yaml_document.hpp"

#include <algorithm>

namespace rulehost {

namespace {

constexpr document_kind adapter_text{"adapter", "adapters are UTF-8 text"};
constexpr std::size_t max_documents = 1'000;

} // namespace

std::shared_ptr<adapter_table const> adapter_table::shipped() {
    static auto const table = [] {
        auto made = std::make_shared<adapter_table>();
        for (auto const& file : shipped_adapters()) {
            [[maybe_unused]] auto const findings = made->add(file.text, file.path);
            RULEHOST_ASSERT(findings.empty());
        }
        return std::shared_ptr<adapter_table const>(std::move(made));
    }();
    return table;
}

adapter_table::adapter_table() = default;
adapter_table::adapter_table(adapter_table const&) = default;
adapter_table::~adapter_table() = default;

std::vector<diagnostic> adapter_table::add(std::string_view text, std::string_view path) {
    std::vector<diagnostic> all;
    auto documents = split_documents(text);
    if (documents.size() > max_documents) {
        findings found(path, {});
        found.report(finding::too_large, {},
                     "the text has " + std::to_string(documents.size()) + " documents; " +
                         std::to_string(max_documents) + " are allowed");
        return found.take({});
    }
    for (auto const& document : documents) {
        findings found(path, document);
        event_adapter adapter;
        auto const root = parse_document(document, adapter_text, found);
        bool const holds_one = root && root->what != yaml_node::kind::null;
        if (holds_one)
            adapter = adapter_reader(found).read(*root);
        auto const findings_of_it = found.take(adapter.name);
        bool const good = holds_one &&
            std::ranges::none_of(findings_of_it, [](diagnostic const& each) { return each.level == severity::error; });
        all.insert(all.end(), findings_of_it.begin(), findings_of_it.end());
        if (!good)
            continue;
        auto const known = std::ranges::find(adapters_, adapter.name, [](auto const& each) { return each->name; });
        auto made = std::make_shared<event_adapter const>(std::move(adapter));
        if (known != adapters_.end())
            *known = std::move(made);
        else
            adapters_.push_back(std::move(made));
    }
    return all;
}

std::vector<std::string> adapter_table::names() const {
    std::vector<std::string> all;
    for (auto const& each : adapters_)
        all.push_back(each->name);
    return all;
}

std::vector<std::string> adapter_table::payload_fields() const {
    std::vector<std::string> all;
    for (auto const& each : adapters_)
        each->add_payload_fields(all);
    std::ranges::sort(all);
    all.erase(std::ranges::unique(all).begin(), all.end());
    return all;
}

std::shared_ptr<event_adapter const> adapter_table::find(std::string_view name) const {
    auto const found =
        std::ranges::find(adapters_, name, [](auto const& each) -> std::string_view { return each->name; });
    return found == adapters_.end() ? nullptr : *found;
}

} // namespace rulehost
