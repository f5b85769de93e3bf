#include "cli/store/state_text.hpp"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string_view>

namespace rulehost::cli {

std::string state_text(rule_state const& state) {
    std::ostringstream text;
    text << to_string(state.status);
    if (state.confidence_max)
        text << " to " << *state.confidence_max;
    return text.str();
}

std::string remaining_text(rule_state const& state, time_point now) {
    return state.expires_at ? format_roughly(*state.expires_at - now) : std::string();
}

} // namespace rulehost::cli
