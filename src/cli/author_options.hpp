#pragma once

#include "engine/decision_policy.hpp"

#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace rulehost::cli {

/// Who acts, under which configuration, and for which ticket.
struct author_options {
    std::string by;
    std::string ticket;
    std::string config;     ///< --config
    decision_policy policy; ///< of the configuration, once `read_policy` was called
};

/// Adds --config and --by, which is RULEHOST_BY, the user who called sudo, or the user by default.
void add_author(CLI::App& command, author_options& options);

/// Adds --ticket.
void add_ticket(CLI::App& command, author_options& options);

/// Reads the policy that binds the author. Throws as `policy_of_command` does.
void read_policy(author_options& options);

/// The act, by this author.
asked_act act_by(author_options const& options, operator_act what, std::vector<std::string> rules, std::string reason);

/// The reason as it is stored where nothing but a reason is: `INC-42: too many hits`.
std::string reason_with_ticket(author_options const& options, std::string const& reason);

} // namespace rulehost::cli
