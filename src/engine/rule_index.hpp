#pragma once

#include "engine/kind_index.hpp"
#include "engine/kind_index_builder.hpp"
#include "engine/rule_program.hpp"
#include "match/subject.hpp"
#include "match/value/text_table.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace rulehost {

/// Finds the candidates among many rules for an event: one scan of each tested field, regardless of the number of
/// rules. Immutable; safe from any thread, each with its own memory.
class rule_index {
public:
    using candidate = kind_index::candidate;

    /// The working memory of one thread with one index, reused from event to event.
    class memory {
    public:
        void make_ready_for(std::shared_ptr<rule_index const> const& index);

    private:
        friend class rule_index;

        std::weak_ptr<rule_index const> ready_for_; ///< weak: an idle thread must not keep old rules alive
        scan_memory scan_;
        std::vector<kind_index::memory> of_kinds_;
        std::vector<candidate> candidates_;
    };

    /// Pattern tables pay off for many rules and events; without them nothing is built, and every rule of the kind is a
    /// candidate.
    using prefilter = kind_index_builder::prefilter;

    explicit rule_index(std::vector<std::shared_ptr<rule_program const>> rules, prefilter how = prefilter::tables);

    /// The candidates in the order of the rules; valid until the next call with this memory.
    std::span<candidate const> candidates(subject& on, memory& scratch) const;

    std::vector<std::shared_ptr<rule_program const>> const& rules() const { return rules_; }

private:
    std::vector<std::shared_ptr<rule_program const>> rules_;
    std::vector<std::unique_ptr<kind_index>> kinds_;
    text_table names_; ///< of `kinds_`
};

} // namespace rulehost
