#pragma once

#include "engine/kind_index.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rulehost {

/// Builds the index of the rules of one source kind.
class kind_index_builder {
public:
    using number = kind_index::number;
    enum class prefilter { tables, none };

    /// Adds a rule. `rule`: its number in the index. The variant outlives the index.
    void add(number rule, rule_program::variant const& variant, prefilter how);

    std::size_t size() const { return rules_.size(); }

    /// Builds the index. Call it once, after the last `add`. Throws std::bad_alloc.
    std::unique_ptr<kind_index> build();

private:
    static constexpr std::size_t place_count = 4; ///< of trigger::place
    using word_numbers = std::map<std::string, number>;

    struct field_words {
        number slot;
        std::array<word_numbers, place_count> words;
    };
    struct trigger_place {
        number slot;
        std::size_t in; ///< place_count: presence
        number offset;
        auto operator<=>(trigger_place const&) const = default;
    };
    /// The first trigger of each place of a slot; the last is presence.
    using first_triggers = std::array<number, place_count + 1>;

    trigger_place number_of(trigger const& one);
    number add_list(std::vector<trigger> const& list);
    bool choose_openers(rule_program::variant const& variant, number first_test);
    number make_slots(std::vector<kind_index::slot>& slots, std::vector<first_triggers>& firsts) const;

    std::map<field_path, field_words> fields_;
    std::vector<field_path const*> order_;
    std::vector<kind_index::rule_entry> rules_;
    std::vector<number> rule_of_;
    std::vector<number> free_;
    std::vector<number> always_;
    std::vector<bool> opens_;
    std::vector<std::vector<number>> needed_of_;
    std::vector<std::vector<number>> needed_;
    std::vector<std::vector<number>> lists_of_;
    std::map<std::vector<trigger_place>, number> lists_; ///< each once, shared by all rules
};

} // namespace rulehost
