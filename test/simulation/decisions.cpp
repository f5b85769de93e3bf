#include "simulation/decisions.hpp"

#include <algorithm>
#include <vector>

namespace rulehost::simulation {

using namespace std::chrono_literals;

namespace {

std::vector<std::string> const selectors{
    "F1", "F2", "H1", "X1", "F*", "?1", "technique:T1105", "tactic:TA0011", "technique:T1059", "name:N1*"};
std::vector<std::string> const conditions{"attacker_uuid=a1", "source_kind=command", "attacker_uuid=a2",
                                          "src_ip=10.0.0.0/8", "user.name=root"};

} // namespace

decision some_decision(dice& random, time_point now, std::string const& by) {
    auto const effect = random.below(10);
    decision made(effect < 5       ? decision_effect::disable
                      : effect < 8 ? decision_effect::clip
                                   : decision_effect::observe,
                  {random.pick(selectors)});
    if (made.effect == decision_effect::clip)
        made.confidence_max = random.unit();
    made.reason = "because of " + by;
    if (random.chance(0.6))
        made.ends_at = now + random.between(1s, max_expiry);
    if (random.chance(0.4))
        return made; // for one rule a state can express it
    for (auto count = random.below(3); count != 0; --count)
        made.rules.push_back(random.pick(selectors));
    for (auto count = random.below(3); count != 0; --count)
        made.scope.push_back(random.pick(conditions));
    if (random.chance(0.3)) {
        made.starts_at = now + random.between(0s, 20s);
        if (made.ends_at)
            *made.ends_at += 20s;
    }
    made.ticket = "INC-" + by;
    return made;
}

bool selects(decision const& made, rule_definition const& rule) {
    auto const& id = rule.rule_id;
    return std::ranges::any_of(made.rules, [&](std::string const& text) {
        return text == id || (text == "F*" && id[0] == 'F') || (text == "?1" && id[1] == '1') ||
            text == "technique:T1105" || text == "tactic:TA0011" || (text == "name:N1*" && rule.name.starts_with("n1"));
    });
}

bool is_in_scope(decision const& made) {
    return std::ranges::all_of(made.scope, [](std::string const& text) {
        return text == "attacker_uuid=a1" || text == "source_kind=command";
    });
}

} // namespace rulehost::simulation
