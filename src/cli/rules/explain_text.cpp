#include "cli/rules/explain_text.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>

#include <string_view>
#include <utility>

namespace rulehost::cli {

namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

std::string scalar_text(value const& of) {
    if (of.is_string())
        return escape_for_terminal(of.get_string());
    return escape_for_terminal(json_text(of));
}

std::string quoted(value const& of) {
    return of.is_string() ? '"' + scalar_text(of) + '"' : scalar_text(of);
}

/// The member as text; empty when it is missing or null.
std::string text_at(object const& from, std::string_view key) {
    auto const* const found = from.if_contains(key);
    return found && !found->is_null() ? scalar_text(*found) : std::string{};
}

object const* object_at(object const& from, std::string_view key) {
    auto const* const found = from.if_contains(key);
    return found ? found->if_object() : nullptr;
}

/// The objects of a list; nothing where there is none.
template <typename Visit>
void for_each_object(object const& from, std::string_view key, Visit&& visit) {
    auto const* const found = from.if_contains(key);
    auto const* const list = found ? found->if_array() : nullptr;
    if (list)
        for (auto const& element : *list)
            if (auto const* const each = element.if_object())
                visit(*each);
}

std::string_view mark(object const& condition) {
    auto const* const holds = condition.if_contains("holds");
    if (!holds)
        return " -   ";
    return !holds->is_bool() ? "limit" : holds->get_bool() ? "yes  " : "no   ";
}

std::string phrase(object const& condition) {
    auto const kind = text_at(condition, "kind");
    if (kind == "window")
        return "window " + std::to_string(condition.at("window").to_number<std::size_t>() + 1);
    if (kind == "all_of" || kind == "any_of")
        return kind == "all_of" ? "all of" : "any of";
    if (kind == "some")
        return "an object of " + text_at(condition, "field");
    if (kind == "command")
        return "a command of the line";
    if (kind == "commands_in_order")
        return condition.contains("same") ? "commands in order, about one file" : "commands in order";
    if (kind != "test")
        return kind;
    auto text = (condition.contains("elements") ? "every element of " : "") + text_at(condition, "field");
    if (condition.contains("measure"))
        text = "length of " + text;
    auto const compare = text_at(condition, "compare");
    if (compare == "exists")
        return text + (condition.at("operand") == true ? " exists" : " does not exist");
    return text + ' ' + (compare == "pattern" ? "matches" : compare) + ' ' + scalar_text(condition.at("operand")) +
        (condition.contains("ignore_case") ? " (case ignored)" : "");
}

std::string_view where_it_matched(std::string_view form) {
    return form == "line"      ? ", in the line as it was typed"
        : form == "part"       ? ", in a part of the line as it was typed"
        : form == "normalised" ? ", in the line without its obfuscation"
                               : "";
}

/// The keys of a map that a command fails, with the command's own values.
std::string shortfall(object const& near) {
    std::string text;
    for_each_object(near, "failed", [&](object const& key) {
        text += (text.empty() ? "" : "; ") + text_at(key, "key") + " (line " + text_at(key, "line") + ")";
        auto const* const has = key.if_contains("has");
        if (!has)
            return;
        std::string values;
        for (auto const& each : has->as_array())
            values += (values.empty() ? "" : ", ") + quoted(each);
        text += values.empty() ? ", of which it has none" : ", it has " + values;
    });
    return text;
}

std::string grounds(object const& condition) {
    if (condition.contains("reading"))
        return "matched " + quoted(condition.at("matched")) + " (" + text_at(condition, "reading") + ") at line " +
            text_at(condition, "matched_line");
    if (condition.contains("matched"))
        return "matched " + quoted(condition.at("matched")) +
            std::string{where_it_matched(text_at(condition, "matched_on"))} +
            (condition.contains("truncated") ? ", the field was cut at the scan limit" : "");
    if (condition.contains("found_until"))
        return "found only: " + text_at(condition, "found_until");
    if (auto const* const seen = condition.if_contains("value"); seen && text_at(condition, "compare") != "pattern")
        return "the event has " + quoted(*seen);
    return condition.contains("missing") ? "the event does not have it" : "";
}

void add_condition(object const& condition, std::size_t depth, std::string& out) {
    std::string const indent(depth * 2, ' ');
    out += "  " + std::string{mark(condition)} + indent + phrase(condition) + "  (line " + text_at(condition, "line") +
        ")\n";
    if (auto const why = grounds(condition); !why.empty())
        out += "         " + indent + why + '\n';
    for_each_object(condition, "nearest", [&](object const& near) {
        out += "         " + indent + "near: " + quoted(near.at("text")) + " (" + text_at(near, "reading") +
            ") at line " + text_at(near, "line") + ", but for " + shortfall(near) + '\n';
    });
    for_each_object(condition, "of", [&](object const& child) { add_condition(child, depth + 1, out); });
}

void add_window(object const& window, std::size_t number, std::string& out) {
    out += "window " + std::to_string(number) + ": " + text_at(window, "kind") + " within " +
        text_at(window, "within") + ": " + text_at(window, "why") + '\n';
    if (window.contains("reached"))
        out += "  " + text_at(window, "reached") + " of " + text_at(window, "needed") + " with this event";
    if (auto const* const group = object_at(window, "group"))
        for (auto const& [field, seen] : *group)
            out += ", " + escape_for_terminal(field) + ' ' + quoted(seen);
    if (window.contains("reached"))
        out += '\n';
    if (window.contains("fired_at"))
        out += "  fired last at " + text_at(window, "fired_at") + '\n';
    for_each_object(window, "of", [&](object const& step) { add_condition(step, 0, out); });
}

std::string state_line(object const& state) {
    auto line = text_at(state, "state");
    if (auto const most = text_at(state, "confidence_max"); !most.empty())
        line += " to at most " + most;
    if (auto const who = text_at(state, "set_by"); !who.empty())
        line += " by " + who;
    if (auto const until = text_at(state, "expires_at"); !until.empty())
        line += " until " + until;
    if (auto const reason = text_at(state, "reason"); !reason.empty())
        line += ": " + reason;
    if (auto const* const expired = object_at(state, "expired"))
        line += " (again, since this expired: " + state_line(*expired) + ")";
    return line;
}

std::string technique_of(object const& emission) {
    auto const sub = text_at(emission, "sub_technique_id");
    return sub.empty() ? text_at(emission, "technique_id") : sub;
}

void add_confidence(object const& emission, std::string& out) {
    auto const base = text_at(emission, "confidence_in_rule");
    auto const scaled = text_at(emission, "after_scaling");
    auto const clipped = text_at(emission, "after_clip");
    out += "  " + technique_of(emission) + "  " + base + " in the rule";
    if (scaled != base)
        out += ", scaled to " + scaled;
    if (clipped != scaled)
        out += ", clipped to " + clipped;
    out +=
        (emission.at("above_floor") == true ? "" : ", below the floor of " + text_at(emission, "floor") + ": dropped");
    if (emission.at("observed") == true)
        out += ", only observed";
    out += '\n';
}

} // namespace

std::string explain_headline(object const& account) {
    auto out = text_at(account, "rule_id");
    if (account.contains("rule_version"))
        out +=
            " version " + text_at(account, "rule_version") + (account.at("live") == true ? "" : ", which is not live");
    out += ": " + text_at(account, "verdict");
    if (text_at(account, "verdict").starts_with("tags"))
        for_each_object(account, "emissions", [&](object const& emission) {
            if (emission.at("above_floor") == true)
                out += ' ' + technique_of(emission);
        });
    return out;
}

std::string explain_text(object const& account) {
    auto out = explain_headline(account) + '\n';
    for_each_object(account, "quarantine", [&](object const& finding) {
        out += "  quarantined: " + text_at(finding, "path") + ':' + text_at(finding, "line") + ": " +
            text_at(finding, "message") + '\n';
    });
    if (auto const* const state = object_at(account, "state"))
        out += "state: " + state_line(*state) + '\n';
    if (auto const normalised = text_at(account, "normalised"); !normalised.empty())
        out += "without its obfuscation: " + normalised + '\n';
    for_each_object(account, "commands", [&](object const& command) {
        out += "command (" + text_at(command, "reading") + "): " + text_at(command, "text") + '\n';
    });
    if (account.contains("more_commands"))
        out += "only the first commands of this long line are explained; `rulehost eval` evaluates them all\n";
    if (auto const* const condition = object_at(account, "condition")) {
        out += "condition:\n";
        add_condition(*condition, 0, out);
    }
    std::size_t number = 0;
    for_each_object(account, "windows", [&](object const& window) { add_window(window, ++number, out); });
    if (account.contains("emissions"))
        out += account.contains("matched") && account.at("matched") == true ? "confidence:\n"
                                                                            : "confidence, had it matched:\n";
    for_each_object(account, "emissions", [&](object const& emission) { add_confidence(emission, out); });
    return out;
}

} // namespace rulehost::cli
