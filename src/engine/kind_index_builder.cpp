#include "engine/kind_index_builder.hpp"

#include "match/value/field_values.hpp"

#include <algorithm>
#include <limits>

namespace rulehost {

void kind_index_builder::add(number rule, rule_program::variant const& variant, prefilter how) {
    auto const place = static_cast<number>(rules_.size());
    auto const first_test = static_cast<number>(rule_of_.size());
    rules_.push_back({rule, &variant, first_test});
    needed_of_.emplace_back();
    for (auto const& test : variant.tests) {
        auto& lists = lists_of_.emplace_back();
        if (how == prefilter::tables)
            for (auto const& list : test)
                lists.push_back(add_list(list));
        if (lists.empty())
            free_.push_back(static_cast<number>(rule_of_.size()));
        rule_of_.push_back(place);
        opens_.push_back(false);
    }
    if (how == prefilter::tables)
        for (auto const& tests : variant.needed) {
            needed_of_.back().push_back(static_cast<number>(needed_.size()));
            needed_.push_back(tests);
        }
    if (how == prefilter::none || !choose_openers(variant, first_test))
        always_.push_back(place);
}

/// Marks the tests of the needed list that opens least often: the rule is checked when one of them is open.
/// False: each list has a test that is always open.
bool kind_index_builder::choose_openers(rule_program::variant const& variant, number first_test) {
    std::vector<std::uint32_t> const* best = nullptr;
    int worth_of_best = 0;
    for (auto const& tests : variant.needed) {
        auto least = std::numeric_limits<int>::max();
        bool is_free = false;
        for (auto const test : tests) {
            is_free = is_free || variant.tests[test].empty();
            if (!is_free)
                least = std::min(least, worth(variant.tests[test].front()));
        }
        if (is_free || (best && least <= worth_of_best))
            continue;
        best = &tests;
        worth_of_best = least;
    }
    if (!best)
        return false;
    for (auto const test : *best)
        opens_[first_test + test] = true;
    return true;
}

kind_index_builder::trigger_place kind_index_builder::number_of(trigger const& one) {
    auto const [field, is_new] = fields_.try_emplace(one.field, field_words{static_cast<number>(order_.size()), {}});
    if (is_new)
        order_.push_back(&field->first);
    if (one.word.empty())
        return {field->second.slot, place_count, 0};
    auto const in = static_cast<std::size_t>(one.in);
    auto& words = field->second.words[in];
    return {field->second.slot, in, words.try_emplace(one.word, static_cast<number>(words.size())).first->second};
}

kind_index_builder::number kind_index_builder::add_list(std::vector<trigger> const& list) {
    std::vector<trigger_place> places;
    places.reserve(list.size());
    for (auto const& one : list)
        places.push_back(number_of(one));
    std::ranges::sort(places);
    return lists_.try_emplace(std::move(places), static_cast<number>(lists_.size())).first->second;
}

/// Returns the number of triggers.
kind_index_builder::number kind_index_builder::make_slots(std::vector<kind_index::slot>& slots,
                                                          std::vector<first_triggers>& firsts) const {
    number triggers = 0;
    auto const texts_of = [](word_numbers const& numbers) {
        std::vector<std::string> texts(numbers.size());
        for (auto const& [word, offset] : numbers)
            texts[offset] = word;
        return texts;
    };
    // Many fields have the same words, and Vectorscan takes long to make a table.
    std::map<std::vector<std::string>, std::shared_ptr<pattern_table const>> tables;
    auto const table_of = [&](word_numbers const& numbers) {
        auto const [at, is_new] = tables.try_emplace(texts_of(numbers));
        if (is_new)
            at->second = std::make_shared<pattern_table const>(at->first);
        return at->second;
    };
    for (auto const* field : order_) {
        auto const& words = fields_.at(*field).words;
        auto& first = firsts.emplace_back();
        first[place_count] = triggers++;
        for (std::size_t in = 0; in != place_count; ++in) {
            first[in] = triggers;
            triggers += static_cast<number>(words[in].size());
        }
        slots.push_back({.field = *field,
                         .is_anchor = names_anchor(*field),
                         .presence = first[place_count],
                         .first_word = first[0],
                         .words = table_of(words[0]),
                         .first_command_word = first[1],
                         .command_words = table_of(words[1]),
                         .looks_at_commands = !words[1].empty() || !words[2].empty() || !words[3].empty(),
                         .first_program = first[2],
                         .programs = text_table{texts_of(words[2])},
                         .first_fact = first[3],
                         .facts = text_table{texts_of(words[3])}});
    }
    return triggers;
}

std::unique_ptr<kind_index> kind_index_builder::build() {
    std::vector<kind_index::slot> slots;
    std::vector<first_triggers> firsts;
    auto const triggers = make_slots(slots, firsts);
    auto const resolve = [&](trigger_place const& at) { return firsts[at.slot][at.in] + at.offset; };
    std::vector<std::vector<number>> lists_with(triggers);
    for (auto const& [places, list] : lists_)
        for (auto const& place : places)
            lists_with[resolve(place)].push_back(list);
    std::vector<std::vector<number>> opened(lists_.size());
    for (std::size_t test = 0; test != lists_of_.size(); ++test)
        if (!lists_of_[test].empty())
            opened[lists_of_[test].front()].push_back(static_cast<number>(test));
    return std::make_unique<kind_index>(kind_index::parts{.slots = std::move(slots),
                                                          .rules = std::move(rules_),
                                                          .rule_of = std::move(rule_of_),
                                                          .free = std::move(free_),
                                                          .always = std::move(always_),
                                                          .lists_with = number_lists{lists_with},
                                                          .opened = number_lists{opened},
                                                          .lists_of = number_lists{lists_of_},
                                                          .opens = std::move(opens_),
                                                          .needed_of = number_lists{needed_of_},
                                                          .needed = number_lists{needed_},
                                                          .triggers = triggers,
                                                          .lists = static_cast<number>(lists_.size())});
}

} // namespace rulehost
