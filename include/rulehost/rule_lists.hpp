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

/// A list of values shared by rules, defined by a `lists:` document of the rules directory.
struct rule_list {
    std::string name;          ///< without its `$`
    boost::json::array values; ///< as the author wrote them: `$name` in them is another list
    std::string path;          ///< of the file that defines it
    std::size_t line = 0;
};

/// The live lists, by name. Immutable once shared: a change makes a new map, and the rules that use a changed list are
/// read again.
using rule_lists = std::map<std::string, rule_list, std::less<>>;
using rule_lists_ptr = std::shared_ptr<rule_lists const>;

/// Whether `name` is a valid list name: a lower-case letter, then lower-case letters, digits and _; at most 64.
bool is_list_name(std::string_view name);

/// Name of the list that a value refers to: `shells` for `$shells`. Empty for every other text, such as `$HOME`.
std::string_view named_list(std::string_view value);

/// The values of list `name` in order, with the lists that it names expanded in place; a list that is named twice is
/// expanded once. Adds the name of every expanded list to `used`. Empty if there is no list `name`.
boost::json::array open_list(rule_lists const& lists, std::string_view name, std::set<std::string>& used);

} // namespace rulehost
