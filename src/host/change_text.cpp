#include "host/change_text.hpp"

#include "text/plural.hpp"

#include <sstream>

namespace rulehost {

std::string to_text(rule_change const& change) {
    std::ostringstream text;
    text << "revision " << change.revision << ": ";
    if (change.what() == rule_change::kind::lists) {
        auto const& [names, definitions] = change.lists();
        for (auto const& name : names)
            text << (&name == &names.front() ? "list " : ", ") << name;
        text << (names.empty() ? "no list changed" : " changed") << ", with " << plural(definitions.size(), "rule");
        return text.str();
    }
    if (change.what() == rule_change::kind::decision) {
        auto const& [id, made] = change.decided();
        text << "decision " << id;
        if (made)
            text << ": " << summary_of(*made);
        else
            text << (change.cause == rule_change::origin::expiry ? " reached its end" : " was ended");
        return text.str();
    }
    if (change.what() == rule_change::kind::definition) {
        text << "rule " << change.rule_id << (change.definition() ? " is live" : " was deleted");
        return text.str();
    }
    auto const& state = change.state();
    bool const has_expired = change.cause == rule_change::origin::expiry;
    if (has_expired || state == rule_state()) { // decisions may still hold: that does not mean that the rule is enabled
        text << "the state of rule " << change.rule_id << (has_expired ? " expired" : " was cleared");
        return text.str();
    }
    text << "rule " << change.rule_id << " is " << to_string(state.status);
    if (state.confidence_max)
        text << " to " << *state.confidence_max;
    if (!state.set_by.empty())
        text << " by " << state.set_by;
    if (state.expires_at)
        text << " until " << format_time(*state.expires_at);
    if (!state.reason.empty())
        text << ": " << state.reason;
    return text.str();
}

std::string to_text(rule_snapshot const& loaded) {
    return plural(loaded.rules.size(), "rule") + " live at revision " + std::to_string(loaded.revision) + ", " +
        std::to_string(loaded.quarantine.size()) + " quarantined" +
        (loaded.rules.empty() ? ": there will be no tags until a rule is live" : "");
}

} // namespace rulehost
