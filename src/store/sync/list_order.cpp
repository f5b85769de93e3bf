#include "store/sync/list_order.hpp"

#include <cstddef>
#include <set>
#include <string_view>

namespace rulehost {

namespace {

/// A list whose named lists come first.
struct waiting {
    rule_list const* list = nullptr;
    std::size_t next = 0; ///< of its values
};

} // namespace

std::vector<rule_list const*> named_lists_first(rule_lists const& lists) {
    std::vector<rule_list const*> order;
    std::set<std::string_view> seen;
    std::vector<waiting> open; // a stack, not recursion: a chain of lists may be long
    for (auto const& [name, list] : lists) {
        if (seen.insert(name).second)
            open.push_back({&list, 0});
        while (!open.empty()) {
            auto& top = open.back();
            if (top.next == top.list->values.size()) {
                order.push_back(top.list);
                open.pop_back();
                continue;
            }
            auto const& value = top.list->values[top.next++];
            auto const named = lists.find(value.is_string() ? named_list(value.get_string()) : std::string_view());
            if (named != lists.end() && seen.insert(named->first).second)
                open.push_back({&named->second, 0});
        }
    }
    return order;
}

} // namespace rulehost
