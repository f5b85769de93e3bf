#include <rulehost/rule_definition.hpp>

#include "text/member_path.hpp"
#include "text/source_kind.hpp"

namespace rulehost {

std::string field_path::text() const {
    return join_path(keys);
}

std::string_view default_field(std::string_view source_kind) {
    for (auto const& known : known_source_kinds)
        if (known.name == source_kind)
            return known.default_field;
    return {};
}

} // namespace rulehost
