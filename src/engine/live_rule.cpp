#include "engine/live_rule.hpp"

#include <algorithm>
#include <utility>

namespace rulehost {

live_rule_ptr make_live(std::shared_ptr<rule_definition const> const& definition, rule_state const& state,
                        live_rule const* before, window_limits limits) {
    auto made = std::make_shared<live_rule>();
    bool const same_text = before &&
        (before->rule->shared_definition() == definition ||
         (!definition->content_hash.empty() && before->definition().content_hash == definition->content_hash &&
          before->definition().lists_hash == definition->lists_hash));
    if (same_text) {
        *made = *before;
        made->rule = std::make_shared<compiled_rule>(before->rule->shared_definition(), state);
        return made;
    }
    made->rule = std::make_shared<compiled_rule>(definition, state);
    made->program = std::make_shared<rule_program>(definition);
    made->counters = before ? before->counters : std::make_shared<rule_counters>();
    for (auto const& wanted : definition->windows) {
        std::shared_ptr<window> kept;
        for (std::size_t i = 0; before && i != before->windows.size(); ++i)
            if (same_meaning(before->definition().windows[i], wanted) &&
                std::ranges::find(made->windows, before->windows[i]) == made->windows.end())
                kept = before->windows[i];
        made->windows.push_back(kept ? std::move(kept) : std::make_shared<window>(wanted, limits));
    }
    return made;
}

} // namespace rulehost
