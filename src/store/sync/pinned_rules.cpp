#include "store/sync/pinned_rules.hpp"

#include <utility>

namespace rulehost {

boost::asio::awaitable<bool> pinned_rules::refresh() {
    auto const all = co_await database_.list_pins();
    auto const before = std::exchange(pins_, {});
    auto const ended_before = std::exchange(ended_, {});
    bool const is_first = std::exchange(is_first_, false);
    auto some_ended = false;
    for (auto const& pin : all) {
        auto const known = before.find(pin.rule_id);
        bool const is_known = known != before.end() && known->second.revision == pin.revision;
        if (!pin.ended_at) {
            if (!is_known)
                log_("rule " + pin.rule_id + " is pinned to the text of revision " + std::to_string(pin.to) + " by " +
                     pin.set_by + (pin.reason.empty() ? "" : " (" + pin.reason + ")"));
            pins_.emplace(pin.rule_id, pin);
            continue;
        }
        ended_.insert(pin.revision);
        if (is_first || ended_before.contains(pin.revision))
            continue;
        some_ended = true; // perhaps one that began and ended between two looks
        log_("rule " + pin.rule_id + " is not pinned any more; the pin was ended by " + pin.ended_by);
    }
    co_return some_ended;
}

rule_pin const* pinned_rules::find(std::string const& rule_id) const {
    auto const found = pins_.find(rule_id);
    return found == pins_.end() ? nullptr : &found->second;
}

void pinned_rules::clear() {
    pins_.clear();
    ended_.clear();
    is_first_ = true;
}

} // namespace rulehost
