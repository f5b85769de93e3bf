#include <rulehost/rule_store.hpp>

#include <utility>

namespace rulehost {

state_conflict::state_conflict(std::string const& rule_id, rule_state current_)
    : std::runtime_error("the state of " + rule_id + " has changed meanwhile (" +
                         std::string(to_string(current_.status)) + ", revision " + std::to_string(current_.revision) +
                         ")"),
      current(std::move(current_)) {}

} // namespace rulehost
