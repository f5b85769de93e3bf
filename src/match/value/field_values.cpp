#include "match/value/field_values.hpp"

#include <rulehost/json_text.hpp>

namespace rulehost {

bool names_anchor(field_path const& path) {
    static event const any;
    return path.keys.size() == 1 && anchor(any, path.keys.front()) != nullptr;
}

std::string scalar_text(boost::json::value const& value) {
    switch (value.kind()) {
    case boost::json::kind::string:
        return std::string(value.get_string());
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_:
    case boost::json::kind::bool_:
        return json_text(value);
    default:
        return {};
    }
}

} // namespace rulehost
