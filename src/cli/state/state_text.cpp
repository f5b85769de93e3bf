#include "cli/state/state_text.hpp"

#include "time/whole_seconds.hpp"

#include <sstream>
#include <string_view>

namespace rulehost::cli {

namespace {

std::string with_limit(std::string_view word, std::optional<double> limit) {
    std::ostringstream text;
    text << word;
    if (limit)
        text << " to " << *limit;
    return text.str();
}

} // namespace

std::string state_text(rule_state const& state) {
    return with_limit(to_string(state.status), state.confidence_max);
}

std::string effect_text(decision const& made) {
    switch (made.effect) {
    case decision_effect::disable:
        return "disabled";
    case decision_effect::clip:
        return with_limit("clipped", made.confidence_max);
    case decision_effect::observe:
        return "observed";
    }
    return {};
}

std::string remaining_text(std::optional<time_point> end, time_point now) {
    return end ? format_roughly(*end - now) : std::string();
}

std::string mention_of(decision const& made) {
    return "decision " + std::to_string(made.id) + " (" + effect_text(made) + " by " +
        (made.set_by.empty() ? "somebody" : made.set_by) +
        (made.ends_at ? " until " + whole_seconds(*made.ends_at) : " without an end") +
        (made.reason.empty() ? ")" : ": " + made.reason + ")");
}

} // namespace rulehost::cli
