#pragma once

#include <string>
#include <string_view>

namespace rulehost {

/// The topics that rulehost publishes on. An id always becomes one token.
inline constexpr std::string_view tagged_topic = "ttp.tagged";           ///< tags were stored
inline constexpr std::string_view retracted_topic = "ttp.tag.retracted"; ///< an operator took a tag back
inline constexpr std::string_view rule_withheld_topic =
    "ttp.rule.suppressed"; ///< a hit of a disabled rule, or below the floor

std::string rule_fired_topic(
    std::string_view technique_id); ///< `ttp.rule.fired.T1548`; a sub-technique's dot becomes `_`
std::string rule_reloaded_topic(std::string_view rule_id); ///< a definition was changed or deleted
std::string rule_state_topic(std::string_view rule_id);    ///< a state was changed, or reverted by its expiry
std::string rule_decision_topic(std::string_view id);      ///< a decision was made or changed, or ended
std::string decision_ending_topic(std::string_view id);    ///< a decision ends soon

/// Id of a message about something that a store counts itself, such as a revision: `kind-STORE-NUMBER`. `store` is the
/// id of the store, since two stores on one bus count alike.
std::string store_message_id(std::string_view kind, std::string_view store, std::string_view number);

} // namespace rulehost
