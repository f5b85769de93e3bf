#include "shell/programs/program_table.hpp"

#include "shell/programs/program_reader.hpp"
#include "shell/programs/shipped_programs.hpp"
#include "shell/text/letters.hpp"
#include "text/assertion.hpp"
#include "yaml/yaml_document.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace rulehost::shell {

namespace {

constexpr document_kind programs_text{"program table", "program tables are UTF-8 text"};
constexpr std::size_t max_documents = 1'000;

/// Null: the shipped table is in use.
struct chosen_table {
    std::mutex mutex;
    std::shared_ptr<program_table const> table;
};

chosen_table& chosen() {
    static chosen_table it;
    return it;
}

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

std::shared_ptr<program_table const> program_table::in_use() {
    {
        std::lock_guard const lock(chosen().mutex);
        if (chosen().table)
            return chosen().table;
    }
    return shipped();
}

void program_table::use(std::shared_ptr<program_table const> table) {
    std::lock_guard const lock(chosen().mutex);
    chosen().table = std::move(table);
}

program_table::program_table() = default;
program_table::program_table(program_table const& other) : names_(other.names_) {
    fill_slots();
}
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
    fill_slots();
    return all;
}

void program_table::fill_slots() {
    std::size_t count = 16;
    while (count < 2 * names_.size())
        count *= 2;
    slots_.assign(count, {});
    for (auto const& [name, entry] : names_) {
        auto at = quick_hash(name) & (count - 1);
        while (slots_[at].entry != nullptr)
            at = (at + 1) & (count - 1);
        slots_[at] = {name, entry.get()};
    }
}

program_entry const* program_table::exactly(std::string_view name) const {
    if (slots_.empty())
        return nullptr;
    for (auto at = quick_hash(name) & (slots_.size() - 1); slots_[at].entry != nullptr;
         at = (at + 1) & (slots_.size() - 1))
        if (slots_[at].name == name)
            return slots_[at].entry;
    return nullptr;
}

program_entry const* program_table::find(std::string_view base_name) const {
    if (auto const* const found = exactly(base_name); found != nullptr)
        return found;
    // Removes the version: `python3.11`, `gcc-12`.
    auto end = base_name.size();
    while (end > 0 && (is(base_name[end - 1], letter_digit) || base_name[end - 1] == '.'))
        --end;
    if (end < base_name.size() && end > 0 && base_name[end - 1] == '-')
        --end;
    if (end == base_name.size() || end == 0)
        return nullptr;
    auto const* const found = exactly(base_name.substr(0, end));
    return found != nullptr && found->versions ? found : nullptr;
}

} // namespace rulehost::shell
