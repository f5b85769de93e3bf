#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace rulehost {

/// A list of values that rules share, as a `lists:` document of the rules directory defines it.
struct rule_list {
    std::string name;          ///< without its `$`
    boost::json::array values; ///< as the author wrote them: `$name` in them is another list
    std::string path;          ///< of the file that defines it
    std::size_t line = 0;
};

/// The lists that are live, by name. Immutable once shared: a change makes a new map, and the rules that use a changed
/// list are read again with it.
using rule_lists = std::map<std::string, rule_list, std::less<>>;
using rule_lists_ptr = std::shared_ptr<rule_lists const>;

/// Whether `name` can be that of a list: a small letter, then small letters, digits and _; at most 64.
bool is_list_name(std::string_view name);

/// The name of the list that a value stands for: `shells` for `$shells`. Empty for every other text, `$HOME` among
/// them.
std::string_view named_list(std::string_view value);

/// The values of list `name`, in order, those of the lists that it names in their places; a list that is named twice is
/// opened once. Adds the name of every list that was opened to `used`. Empty when there is no list `name`.
boost::json::array open_list(rule_lists const& lists, std::string_view name, std::set<std::string>& used);

} // namespace rulehost
