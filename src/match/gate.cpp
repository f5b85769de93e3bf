#include "match/gate.hpp"

#include "match/command/command_gate.hpp"
#include "match/value/letter_fold.hpp"
#include "match/value/required_literals.hpp"
#include "regex/regex.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace rulehost {

namespace {

constexpr std::size_t max_lists = 6;
constexpr std::size_t max_list_size = 256;
constexpr std::size_t rare_word = 7; // letters

void put_best_first(gate& lists) {
    std::ranges::sort(lists, std::ranges::greater{}, worth);
    if (lists.size() > max_lists)
        lists.resize(max_lists);
    // The presence of a field adds nothing to a word in some field.
    while (lists.size() > 1 && worth(lists.back()) == std::numeric_limits<int>::min())
        lists.pop_back();
    // Nor do two letters, which occur everywhere: searching them costs more than evaluating. Beside a long word of a text
    // nothing else is worth a search.
    auto const is_text = [](trigger const& one) {
        return one.in == trigger::place::text || one.in == trigger::place::commands;
    };
    bool const is_rare = !lists.empty() && std::ranges::all_of(lists.front(), [](trigger const& one) {
        return one.in == trigger::place::text && one.word.size() >= rare_word;
    });
    auto const is_short = [&](trigger const& one) { return is_text(one) && one.word.size() < 3; };
    for (std::size_t i = lists.size(); i-- > 1;)
        if (is_rare || std::ranges::any_of(lists[i], is_short))
            lists.erase(lists.begin() + static_cast<std::ptrdiff_t>(i));
}

gate presence(field_path const& field) {
    return {{trigger{field, {}}}};
}

std::vector<trigger> triggers(field_path const& field, clause words) {
    std::vector<trigger> list;
    for (auto& word : words)
        list.push_back({field, std::move(word)});
    return list;
}

gate gate_of_operands(predicate const& leaf) {
    bool const only_texts = leaf.texts().size() == leaf.source().operands.size();
    clause words;
    for (auto const& text : leaf.texts()) {
        auto word = folded(text);
        if (word.size() > max_literal_length)
            word = leaf.source().compare == comparison::ends_with ? word.substr(word.size() - max_literal_length)
                                                                  : word.substr(0, max_literal_length);
        words.push_back(std::move(word));
    }
    reduce(words);
    bool const usable =
        only_texts && !words.empty() && words.size() <= max_list_size && std::ranges::all_of(words, [](auto const& w) {
            // Vectorscan treats a word that starts with a NUL as empty.
            return w.size() >= min_literal_length && w.find('\0') == std::string::npos;
        });
    return usable ? gate{triggers(leaf.whole_field(), std::move(words))} : presence(leaf.whole_field());
}

gate gate_of_leaf(predicate const& leaf) {
    auto const& source = leaf.source();
    if (source.measured == condition::measure::length)
        return presence(leaf.whole_field());
    switch (source.compare) {
    case comparison::exists: {
        bool const wanted =
            source.operands.empty() || !source.operands.front().is_bool() || source.operands.front().get_bool();
        return wanted ? presence(leaf.whole_field()) : gate{};
    }
    case comparison::pattern: {
        gate lists;
        for (auto& words : required_literals(source.expression->pcre_syntax()))
            lists.push_back(triggers(leaf.whole_field(), std::move(words)));
        return lists.empty() ? presence(leaf.whole_field()) : lists;
    }
    case comparison::contains:
    case comparison::starts_with:
    case comparison::ends_with:
    case comparison::equals:
    case comparison::one_of:
        return gate_of_operands(leaf);
    default:
        return presence(leaf.whole_field());
    }
}

} // namespace

int worth(std::vector<trigger> const& list) {
    if (list.empty())
        return std::numeric_limits<int>::max();
    clause words;
    for (auto const& one : list) {
        if (one.word.empty())
            return std::numeric_limits<int>::min();
        // The whole name of a program occurs less often than the word in some text.
        words.push_back(one.in == trigger::place::program    ? one.word + "____"
                            : one.in == trigger::place::fact ? one.word.substr(0, min_literal_length)
                                                             : one.word);
    }
    return selectivity(words);
}

void append_gates(predicate const& asked, std::vector<gate>& gates) {
    if (asked.source().kind == condition::node::test)
        put_best_first(gates.emplace_back(gate_of_leaf(asked)));
    for (auto const& step : asked.commands())
        for (auto const& each : step) {
            auto& lists = gates.emplace_back(gate_of(each, asked.whole_field()));
            if (lists.empty())
                lists = presence(asked.whole_field());
            put_best_first(lists);
        }
    for (auto const& child : asked.children())
        append_gates(child, gates);
}

} // namespace rulehost
