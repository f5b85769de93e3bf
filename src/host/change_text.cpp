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
    text << "rule " << change.rule_id;
    if (change.what() == rule_change::kind::definition) {
        text << (change.definition() ? " is live" : " was deleted");
        return text.str();
    }
    auto const& state = change.state();
    text << " is " << to_string(state.status);
    if (change.cause == rule_change::origin::expiry)
        text << " again, its state expired";
    else if (state == rule_state())
        text << " again, its state was cleared";
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
