#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

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

} // namespace rulehost
