#include "regex/linear_program.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <utility>

namespace rulehost {
namespace {

constexpr std::size_t max_steps = 4'000;

std::uint8_t neighbour_of_kind(std::size_t kind) {
    static auto const words = kinds_of_class('w');
    if (kind == static_cast<std::size_t>(character_kind::last_newline))
        return neighbour::newline | neighbour::last_newline;
    if (kind == static_cast<std::size_t>(character_kind::inner_newline))
        return neighbour::newline;
    return words[kind] ? neighbour::word : 0;
}

std::uint8_t asked_by(syntax_node::type assertion) {
    switch (assertion) {
    case syntax_node::type::line_begins:
    case syntax_node::type::line_ends:
        return neighbour::edge | neighbour::newline;
    case syntax_node::type::last_line_ends:
        return neighbour::edge | neighbour::last_newline;
    case syntax_node::type::word_edge:
    case syntax_node::type::no_word_edge:
        return neighbour::word;
    default:
        return neighbour::edge;
    }
}

} // namespace

bool holds(syntax_node::type asserted, std::uint8_t left, std::uint8_t right) {
    switch (asserted) {
    case syntax_node::type::text_begins:
        return (left & neighbour::edge) != 0;
    case syntax_node::type::line_begins:
        return (left & (neighbour::edge | neighbour::newline)) != 0;
    case syntax_node::type::text_ends:
        return (right & neighbour::edge) != 0;
    case syntax_node::type::last_line_ends:
        return (right & (neighbour::edge | neighbour::last_newline)) != 0;
    case syntax_node::type::line_ends:
        return (right & (neighbour::edge | neighbour::newline)) != 0;
    case syntax_node::type::word_edge:
        return ((left ^ right) & neighbour::word) != 0;
    default:
        return ((left ^ right) & neighbour::word) == 0;
    }
}

std::optional<linear_program> linear_program::compile(syntax_node const& root, direction read) {
    linear_program made;
    made.read_ = read;
    try {
        auto const end = made.add({});
        made.start_ = made.write(root, end);
    } catch (too_large const&) {
        return std::nullopt;
    }
    made.classify();
    return made;
}

std::uint32_t linear_program::add(instruction one) {
    if (steps_.size() == max_steps)
        throw too_large();
    steps_.push_back(one);
    return static_cast<std::uint32_t>(steps_.size() - 1);
}

std::uint32_t linear_program::write(syntax_node const& node, std::uint32_t next) {
    using type = syntax_node::type;
    switch (node.is) {
    case type::sequence:
        if (read_ == direction::forwards)
            for (auto const& each : std::views::reverse(node.children))
                next = write(each, next);
        else
            for (auto const& each : node.children)
                next = write(each, next);
        return next;
    case type::choice: {
        std::optional<std::uint32_t> chosen;
        for (auto const& each : std::views::reverse(node.children)) {
            auto const one = write(each, next);
            chosen = chosen ? add({.is = instruction::type::fork, .next = one, .otherwise = *chosen}) : one;
        }
        return chosen.value_or(next);
    }
    case type::repeat:
        return write_repeat(node, next);
    case type::characters: {
        auto place = std::ranges::find(sets_, node.set);
        if (place == sets_.end())
            place = sets_.insert(place, node.set);
        return add({.is = instruction::type::characters,
                    .next = next,
                    .set = static_cast<std::uint32_t>(place - sets_.begin())});
    }
    default:
        asked_ |= asked_by(node.is);
        return add({.is = instruction::type::assertion, .asserted = node.is, .next = next});
    }
}

std::uint32_t linear_program::write_repeat(syntax_node const& node, std::uint32_t next) {
    auto const& repeated = node.children.front();
    auto const fork = [&](std::uint32_t again) {
        instruction made{.is = instruction::type::fork, .next = again, .otherwise = next};
        if (node.is_lazy)
            std::swap(made.next, made.otherwise);
        return made;
    };
    auto const run = repeated.is == syntax_node::type::characters ? ++runs_ : 0;
    auto const put_in_run = [&](std::uint32_t step, std::size_t rank) {
        steps_[step].run = run;
        steps_[step].rank = run == 0 ? 0 : static_cast<std::uint32_t>(rank);
        return step;
    };
    auto entry = next;
    if (node.most) {
        for (std::size_t more = 1; more <= *node.most - node.least; ++more)
            entry = put_in_run(add(fork(write(repeated, entry))), more);
        for (auto still = node.least; still != 0; --still)
            entry = write(repeated, entry);
        return entry;
    }
    entry = add({});
    auto const body = write(repeated, entry);
    steps_[entry] = fork(body);
    put_in_run(entry, node.least + 1);
    for (auto still = node.least; still != 0; --still) {
        entry = still == node.least ? body : write(repeated, entry);
        if (run != 0)
            put_in_run(entry, still);
    }
    return entry;
}

void linear_program::classify() {
    std::map<std::vector<bool>, std::uint8_t> known;
    members_.resize(sets_.size());
    for (std::size_t kind = 0; kind != character_kinds; ++kind) {
        auto const beside = static_cast<std::uint8_t>(neighbour_of_kind(kind) & asked_);
        std::vector<bool> found_in;
        for (auto const& set : sets_)
            found_in.push_back(set[kind]);
        for (unsigned bit = 1; bit <= neighbour::last_newline; bit <<= 1)
            found_in.push_back((beside & bit) != 0);
        auto const [place, is_new] = known.try_emplace(found_in, static_cast<std::uint8_t>(known.size()));
        class_of_[kind] = place->second;
        if (is_new) {
            neighbours_.push_back(beside);
            for (std::size_t set = 0; set != sets_.size(); ++set)
                members_[set].push_back(found_in[set]);
        }
    }
}

} // namespace rulehost
