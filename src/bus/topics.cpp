#include "bus/topics.hpp"

#include <rulehost/topic.hpp>

namespace rulehost {

std::string rule_fired_topic(std::string_view technique_id) {
    return "ttp.rule.fired." + topic_token(technique_id);
}

std::string rule_reloaded_topic(std::string_view rule_id) {
    return "ttp.rule.reloaded." + topic_token(rule_id);
}

std::string rule_decision_topic(std::string_view id) {
    return "ttp.rule.decision." + topic_token(id);
}

std::string decision_ending_topic(std::string_view id) {
    return "ttp.rule.ending." + topic_token(id);
}

std::string rule_state_topic(std::string_view rule_id) {
    return "ttp.rule.state." + topic_token(rule_id);
}

std::string store_message_id(std::string_view kind, std::string_view store, std::string_view number) {
    return std::string(kind).append("-").append(store).append("-").append(number);
}

} // namespace rulehost
