#include "shell/program_table.hpp"

#include "shell/letters.hpp"
#include "shell/program_reader.hpp"
#include "shell/shipped_programs.hpp"
#include "text/assertion.hpp"
#include "yaml/yaml_document.hpp"

#include <algorithm>

namespace rulehost::shell {

namespace {

constexpr document_kind programs_text{"program table", "program tables are UTF-8 text"};
constexpr std::size_t max_documents = 1'000;

} // namespace

std::shared_ptr<program_table const> program_table::shipped() {
    static auto const table = [] {
        auto made = std::make_shared<program_table>();
        for (auto const& file : shipped_programs()) {
            auto const findings = made->add(file.text, file.path);
            RULEHOST_ASSERT(findings.empty());
        }
        return std::shared_ptr<program_table const>(std::move(made));
    }();
    return table;
}

program_table::program_table() = default;
program_table::program_table(program_table const&) = default;
program_table::~program_table() = default;

std::vector<diagnostic> program_table::add(std::string_view text, std::string_view path) {
    std::vector<diagnostic> all;
    auto const documents = split_documents(text);
    if (documents.size() > max_documents) {
        findings found(path, {});
        found.report(finding::too_large, {},
                     "the text has " + std::to_string(documents.size()) + " documents; " +
                         std::to_string(max_documents) + " are allowed");
        return found.take({});
    }
    for (auto const& document : documents) {
        findings found(path, document);
        auto const root = parse_document(document, programs_text, found);
        std::vector<named_program> programs;
        if (root && root->what != yaml_node::kind::null)
            programs = program_reader(found).read(*root);
        auto const findings_of_it = found.take({});
        bool const good =
            std::ranges::none_of(findings_of_it, [](diagnostic const& each) { return each.level == severity::error; });
        all.insert(all.end(), findings_of_it.begin(), findings_of_it.end());
        if (!good)
            continue;
        for (auto& each : programs) {
            auto const entry = std::make_shared<program_entry const>(std::move(each.entry));
            for (auto& name : each.names)
                names_.insert_or_assign(std::move(name), entry);
        }
    }
    return all;
}

program_entry const* program_table::find(std::string_view base_name) const {
    if (auto const found = names_.find(base_name); found != names_.end())
        return found->second.get();
    // `python3.11`, `gcc-12`: the version goes.
    auto end = base_name.size();
    while (end > 0 && (is(base_name[end - 1], letter_digit) || base_name[end - 1] == '.'))
        --end;
    if (end < base_name.size() && end > 0 && base_name[end - 1] == '-')
        --end;
    if (end == base_name.size() || end == 0)
        return nullptr;
    auto const found = names_.find(base_name.substr(0, end));
    return found != names_.end() && found->second->versions ? found->second.get() : nullptr;
}

} // namespace rulehost::shell
