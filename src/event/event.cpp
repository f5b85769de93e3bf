#include <rulehost/event.hpp>

namespace rulehost {

std::string const* anchor(event const& e, std::string_view name) {
    if (name == "attacker_uuid")
        return &e.attacker_uuid;
    if (name == "identity_uuid")
        return &e.identity_uuid;
    if (name == "session_id")
        return &e.session_id;
    if (name == "decky_id")
        return &e.decky_id;
    return nullptr;
}

} // namespace rulehost
