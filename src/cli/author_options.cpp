#include "cli/author_options.hpp"

#include "cli/decision_config.hpp"
#include "cli/one_shot.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <utility>

#include <pwd.h>
#include <unistd.h>

namespace rulehost::cli {

namespace {

std::string author_by_default() {
    for (auto const* const name : {"RULEHOST_BY", "SUDO_USER"})
        if (auto const* const value = std::getenv(name); value && *value != '\0')
            return value;
    auto const* const entry = ::getpwuid(::getuid());
    return entry != nullptr ? std::string{entry->pw_name} : "uid " + std::to_string(::getuid());
}

} // namespace

void add_author(CLI::App& command, author_options& options) {
    options.by = author_by_default();
    command.add_option("--config", options.config,
                       "Configuration whose key 'decisions' limits this command; default: /etc/rulehost/rulehost.yaml, "
                       "where it is there");
    command.add_option("--by", options.by, "Who acts; default: RULEHOST_BY, SUDO_USER or your user name");
}

void add_ticket(CLI::App& command, author_options& options) {
    command.add_option("--ticket", options.ticket, "The incident or change that it belongs to")->check(is_not_blank());
}

void read_policy(author_options& options) {
    options.policy = policy_of_command(options.config);
}

asked_act act_by(author_options const& options, operator_act what, std::vector<std::string> rules, std::string reason) {
    return {.what = what,
            .rules = std::move(rules),
            .reason = std::move(reason),
            .ticket = options.ticket,
            .author = options.by};
}

std::string reason_with_ticket(author_options const& options, std::string const& reason) {
    return options.ticket.empty() ? reason : options.ticket + ": " + reason;
}

} // namespace rulehost::cli
