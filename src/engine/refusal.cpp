#include <rulehost/engine.hpp>

#include <stdexcept>
#include <string>

namespace rulehost {

std::string_view to_string(refusal why) {
    switch (why) {
    case refusal::none:
        return "none";
    case refusal::no_source_kind:
        return "no source_kind";
    case refusal::no_source_id:
        return "no source_id";
    case refusal::no_anchor:
        break;
    }
    return "neither attacker_uuid nor identity_uuid";
}

void throw_exception_from_error(refusal why, boost::source_location const&) {
    throw std::invalid_argument(std::string(to_string(why)));
}

} // namespace rulehost
