#include "engine/rule_index.hpp"

#include <algorithm>
#include <cstddef>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t min_rules_for_a_thread = 64;

} // namespace

void rule_index::memory::make_ready_for(std::shared_ptr<rule_index const> const& index) {
    bool const same = !ready_for_.owner_before(index) && !index.owner_before(ready_for_);
    if (same)
        return;
    ready_for_.reset(); // an allocation below may fail
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
    // Vectorscan takes long to make the tables of many rules: those of the largest kind are made beside the others.
    auto const largest = std::ranges::max_element(builders, {}, [](auto const& each) { return each.second.size(); });
    std::future<std::unique_ptr<kind_index>> beside;
    if (builders.size() > 1 && rules_.size() > min_rules_for_a_thread)
        beside = std::async(&kind_index_builder::build, &largest->second);
    std::vector<std::string> names;
    for (auto at = builders.begin(); at != builders.end(); ++at) {
        names.emplace_back(at->first);
        kinds_.push_back(at == largest && beside.valid() ? nullptr : at->second.build());
    }
    if (beside.valid())
        kinds_[static_cast<std::size_t>(std::distance(builders.begin(), largest))] = beside.get();
    names_ = text_table(std::move(names));
}

std::span<rule_index::candidate const> rule_index::candidates(subject& on, memory& scratch) const {
    scratch.candidates_.clear();
    if (auto const kind = names_.find(on.observed().source_kind); kind != text_table::none)
        kinds_[kind]->choose(on, scratch.of_kinds_[kind], scratch.scan_, scratch.candidates_);
    return scratch.candidates_;
}

} // namespace rulehost
