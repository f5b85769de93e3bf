#include "engine/rule_digest.hpp"

#include "uuid/named_uuid.hpp"

#include <rulehost/json_text.hpp>

#include <boost/uuid/uuid_io.hpp>

#include <string_view>

namespace rulehost {

std::string digest_of(std::vector<live_rule_ptr> const& rules,
                      std::map<std::string, rule_state, std::less<>> const& states, decision_map const& decisions) {
    std::string text;
    auto const add = [&](std::string_view field) {
        text += std::to_string(field.size());
        text += ':';
        text += field;
    };
    for (auto const& live : rules) {
        add(live->definition().rule_id);
        add(std::to_string(live->definition().rule_version));
        add(live->definition().content_hash);
        if (!live->definition().lists_hash.empty())
            add(live->definition().lists_hash);
    }
    for (auto const& [rule_id, state] : states) {
        add(rule_id);
        add(to_string(state.status));
        add(state.confidence_max ? std::to_string(*state.confidence_max) : "");
        add(state.expires_at ? format_time(*state.expires_at) : "");
    }
    for (auto const& [id, made] : decisions)
        add(json_text(to_json(made)));
    return boost::uuids::to_string(content_uuid(text));
}

} // namespace rulehost
