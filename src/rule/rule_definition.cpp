#include <rulehost/rule_definition.hpp>

#include "rule/source_kind.hpp"

namespace rulehost {

std::string field_path::text() const {
    std::string joined;
    for (auto const& key : keys) {
        if (!joined.empty()) {
            joined += '.';
        }
        joined += key;
    }
    return joined;
}

std::string_view default_field(std::string_view source_kind) {
    for (auto const& known : known_source_kinds) {
        if (known.name == source_kind) {
            return known.default_field;
        }
    }
    return {};
}

} // namespace rulehost
