#include "engine/rule_index.hpp"

#include <map>
#include <string_view>
#include <utility>

namespace rulehost {

void rule_index::memory::make_ready_for(std::shared_ptr<rule_index const> const& index) {
    bool const same = !ready_for_.owner_before(index) && !index.owner_before(ready_for_);
    if (same)
        return;
    ready_for_.reset(); // until it is
    of_kinds_.clear();
    for (auto const& kind : index->kinds_) {
        kind->reserve(scan_);
        of_kinds_.emplace_back(*kind);
    }
    ready_for_ = index;
}

rule_index::rule_index(std::vector<std::shared_ptr<rule_program const>> rules, prefilter how)
    : rules_(std::move(rules)) {
    std::map<std::string_view, kind_index_builder> builders;
    for (std::size_t i = 0; i != rules_.size(); ++i)
        for (auto const& variant : rules_[i]->variants())
            builders[variant.source_kind].add(static_cast<std::uint32_t>(i), variant, how);
    std::vector<std::string> names;
    for (auto& [name, builder] : builders) {
        names.emplace_back(name);
        kinds_.push_back(builder.build());
    }
    names_ = text_table(std::move(names));
}

std::span<rule_index::candidate const> rule_index::candidates(subject& on, memory& scratch) const {
    scratch.candidates_.clear();
    if (auto const kind = names_.find(on.observed().source_kind); kind != text_table::none)
        kinds_[kind]->choose(on, scratch.of_kinds_[kind], scratch.scan_, scratch.candidates_);
    return scratch.candidates_;
}

} // namespace rulehost
