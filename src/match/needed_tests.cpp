#include "match/needed_tests.hpp"

#include <algorithm>
#include <numeric>

namespace rulehost {

namespace {

/// The lists of the maps of each step, one of which must hold.
test_lists lists_of_commands(predicate const& asked) {
    test_lists lists;
    auto number = asked.number();
    for (auto const& step : asked.commands()) {
        auto& maps = lists.emplace_back(step.size());
        std::iota(maps.begin(), maps.end(), number);
        number += static_cast<std::uint32_t>(step.size());
    }
    return lists;
}

} // namespace

test_lists needed_by_any(std::vector<test_lists> const& several) {
    std::vector<std::uint32_t> any;
    for (auto const& one : several) {
        if (one.empty())
            return {};
        // One list of each suffices; the shortest is the least likely to be open.
        auto const& best = *std::ranges::min_element(one, {}, [](auto const& list) { return list.size(); });
        any.insert(any.end(), best.begin(), best.end());
    }
    return {std::move(any)};
}

test_lists needed_tests(predicate const& asked) {
    using node = condition::node;
    switch (asked.source().kind) {
    case node::test:
        return {{asked.number()}};
    case node::command:
    case node::commands_in_order:
        return lists_of_commands(asked);
    case node::all_of: {
        test_lists lists;
        for (auto const& child : asked.children())
            for (auto& list : needed_tests(child))
                lists.push_back(std::move(list));
        return lists;
    }
    case node::any_of: {
        std::vector<test_lists> several;
        for (auto const& child : asked.children())
            several.push_back(needed_tests(child));
        return needed_by_any(several);
    }
    case node::some:
        return needed_tests(asked.children().front());
    case node::none_of:
        return {};
    case node::window:
    case node::never:
        return {{}};
    }
    return {};
}

} // namespace rulehost
