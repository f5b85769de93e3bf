#include <rulehost/rule_change.hpp>

namespace rulehost {

boost::json::object to_json(rule_change const& change) {
    boost::json::object object;
    object["revision"] = change.revision;
    object["rule_id"] = change.rule_id;
    if (change.what() == rule_change::kind::state) {
        object["kind"] = "state";
        object["cause"] = change.cause == rule_change::origin::expiry ? "expiry" : "decision";
        object["state"] = to_json(change.state());
        return object;
    }
    object["kind"] = "definition";
    object["rule"] = nullptr;
    if (auto const& definition = change.definition()) {
        boost::json::object rule;
        rule["rule_version"] = definition->rule_version;
        rule["name"] = definition->name;
        rule["path"] = definition->path;
        rule["content_hash"] = definition->content_hash;
        object["rule"] = std::move(rule);
    }
    return object;
}

} // namespace rulehost
