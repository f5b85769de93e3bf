#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// A place in a file, 1-based; columns in bytes.
struct position {
    std::size_t line = 0;
    std::size_t column = 0;

    friend bool operator==(position const&, position const&) = default;
};

/// A YAML document as a tree of values. Aliases are expanded; the reader decides the types of scalars.
struct yaml_node {
    enum class kind { null, scalar, sequence, map };
    enum class style { plain, quoted }; ///< a quoted (or block) scalar is always text

    struct key {
        std::string text;
        position where;
    };

    kind what = kind::null;
    style written = style::plain;
    std::string text;
    position where;
    std::vector<key> keys; ///< of a map; `keys[i]` belongs to `items[i]`
    std::vector<yaml_node> items;

    /// The value of `name` in a map; null if this is not a map or has no such key.
    yaml_node const* find(std::string_view name) const {
        for (std::size_t i = 0; i < keys.size(); ++i)
            if (keys[i].text == name)
                return &items[i];
        return nullptr;
    }
};

} // namespace rulehost
