#include "cli/rules/rule_pins.hpp"

#include "time/whole_seconds.hpp"

namespace rulehost::cli {

boost::json::object to_json(rule_pin const& pin) {
    boost::json::object record{{"rule_id", pin.rule_id}, {"to", pin.to},         {"revision", pin.revision},
                               {"reason", pin.reason},   {"set_by", pin.set_by}, {"set_at", format_time(pin.set_at)},
                               {"ended_at", nullptr},    {"ended_by", nullptr}};
    if (pin.ended_at) {
        record["ended_at"] = format_time(*pin.ended_at);
        record["ended_by"] = pin.ended_by;
    }
    return record;
}

std::string text_of(rule_pin const& pin) {
    return pin.reason + "; pinned" +
        (pin.ended_at ? " until " + whole_seconds(*pin.ended_at) + ", ended by " + pin.ended_by : "");
}

} // namespace rulehost::cli
