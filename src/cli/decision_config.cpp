#include "cli/decision_config.hpp"

#include "cli/config_secrets.hpp"
#include "cli/configuration_text.hpp"
#include "cli/selector_words.hpp"
#include "file/read_file.hpp"
#include "rule/decision_terms.hpp"
#include "yaml/node_reader.hpp"
#include "yaml/yaml_document.hpp"

#include <iostream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace rulehost::cli {

namespace {

constexpr auto default_configuration = "/etc/rulehost/rulehost.yaml";

decision_policy::grant read_grant(yaml_node const& node, findings& found) {
    map_reader keys(node, "a permission", found, "{by: [ops-*], effects: [disable], rules: ['R02*']}");
    value_reader const read(found);
    decision_policy::grant made;
    made.by = read.texts(keys.require("by"), "by");
    for (auto const& each : read.list(keys.find("effects"), "effects")) {
        auto const text = read.text(&each, "an effect");
        if (auto const act = operator_act_from(text.value_or("")))
            made.acts.push_back(*act);
        else if (text)
            read.invalid(each, "'" + *text + "' is not an effect", "one of disable, clip, observe, rollback, retract");
    }
    for (auto const& each : read.list(keys.find("rules"), "rules")) {
        auto const text = read.text(&each, "a selector");
        if (!text)
            continue;
        auto selector = as_selector(*text);
        try {
            read_selector(selector);
            made.rules.push_back(std::move(selector));
        } catch (std::invalid_argument const& problem) {
            read.invalid(each, problem.what());
        }
    }
    keys.finish();
    return made;
}

} // namespace

decision_policy read_decisions(yaml_node const& node, findings& found, std::string const& path) {
    map_reader keys(node, "decisions", found);
    value_reader const read(found);
    decision_policy policy;
    policy.path = path;
    auto const line_if_set = [&](std::string_view key) {
        return read.boolean(keys.find(key), key).value_or(false) ? keys.where(key).line : 0;
    };
    policy.reason_line = line_if_set("require_reason");
    policy.ticket_line = line_if_set("require_ticket");
    auto const* const length = keys.find("max_duration");
    if (auto const max = read.span(length, "max_duration")) {
        if (*max <= duration::zero())
            read.invalid(*length, "a decision takes longer than that", "left out, none needs an end");
        policy.max_duration = {*max, length->text};
        policy.duration_line = keys.where("max_duration").line;
    }
    if (auto const* const grants = keys.find("allow")) {
        policy.grants_line = keys.where("allow").line;
        for (auto const& each : read.list(grants, "allow"))
            policy.grants.push_back(read_grant(each, found));
    }
    if (auto const lead = read.span(keys.find("notice"), "notice"))
        policy.notice = *lead;
    keys.finish();
    return policy;
}

decision_policy policy_of_command(std::string const& config) {
    auto const path = config.empty() ? std::string(default_configuration) : config;
    if (config.empty() && is_absent(path))
        return {};
    std::string text;
    try {
        text = read_file(path);
    } catch (std::system_error const&) {
        if (!config.empty())
            throw;
        std::cerr << "rulehost: " << path << " is unreadable for you: what it says about decisions is not checked\n";
        return {};
    }
    document_text const document{text, 1};
    findings found(path, document);
    decision_policy policy;
    auto const root = parse_document(document, configuration_text, found);
    if (root && root->what == yaml_node::kind::map) {
        findings others(path, document); // a command needs no other key
        if (auto const* const node = map_reader(*root, "the configuration", others).find("decisions"))
            policy = read_decisions(*node, found, path);
    }
    auto problems = found.take({});
    hide_secrets(problems, text);
    for (auto const& each : problems)
        std::cerr << to_text(each);
    if (has_errors(problems))
        throw std::invalid_argument("nothing was changed: what " + path + " says about decisions has errors");
    return policy;
}

} // namespace rulehost::cli
