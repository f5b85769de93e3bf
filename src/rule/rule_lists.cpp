#include <rulehost/rule_lists.hpp>

#include <vector>

namespace rulehost {
namespace {

constexpr std::size_t max_name = 64;

} // namespace

bool is_list_name(std::string_view name) {
    return !name.empty() && name.size() <= max_name && name.front() >= 'a' && name.front() <= 'z' &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::string_view named_list(std::string_view value) {
    if (!value.starts_with('$'))
        return {};
    value.remove_prefix(1);
    return is_list_name(value) ? value : std::string_view();
}

boost::json::array open_list(rule_lists const& lists, std::string_view name, std::set<std::string>& used) {
    struct place {
        boost::json::array const* values;
        std::size_t next = 0;
    };
    boost::json::array all;
    std::vector<place> open; // a stack, not recursion: lists may form a long chain
    std::set<std::string_view> opened;
    auto const enter = [&](std::string_view each) {
        if (auto const found = lists.find(each); found != lists.end() && opened.insert(found->first).second) {
            used.insert(found->first);
            open.push_back({&found->second.values});
        }
    };
    enter(name);
    while (!open.empty()) {
        auto& here = open.back();
        if (here.next == here.values->size()) {
            open.pop_back();
            continue;
        }
        auto const& value = (*here.values)[here.next++];
        auto const named = value.is_string() ? named_list(value.get_string()) : std::string_view();
        if (named.empty())
            all.push_back(value);
        else
            enter(named);
    }
    return all;
}

} // namespace rulehost
