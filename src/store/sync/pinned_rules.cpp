#include "store/sync/pinned_rules.hpp"

#include <utility>

namespace rulehost {

boost::asio::awaitable<bool> pinned_rules::refresh() {
    auto const standing = co_await database_.list_pins();
    std::map<std::string, rule_pin> pins;
    for (auto const& pin : standing) {
        auto const* const known = find(pin.rule_id);
        if (!known || known->revision != pin.revision)
            log_("rule " + pin.rule_id + " is pinned to the text of revision " + std::to_string(pin.to) + " by " +
                 pin.set_by + (pin.reason.empty() ? "" : " (" + pin.reason + ")") +
                 "; its file is left alone until it changes");
        pins.emplace(pin.rule_id, pin);
    }
    auto some_ended = false;
    for (auto const& [rule_id, pin] : pins_) {
        if (!pins.contains(rule_id)) {
            some_ended = true;
            log_("rule " + rule_id + " is not pinned any more");
        }
    }
    pins_ = std::move(pins);
    co_return some_ended;
}

rule_pin const* pinned_rules::find(std::string const& rule_id) const {
    auto const found = pins_.find(rule_id);
    return found == pins_.end() ? nullptr : &found->second;
}

} // namespace rulehost
