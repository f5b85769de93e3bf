#include "report/difference_text.hpp"

#include "text/few_of.hpp"
#include "text/joined.hpp"
#include "text/plural.hpp"

#include <rulehost/attack_table.hpp>
#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <set>
#include <string_view>

namespace rulehost {

namespace json = boost::json;

namespace {

constexpr std::size_t max_left_out = 20; // names shown

std::string number(double value) {
    return json_text(json::value(value));
}

std::string name_of(std::string const& technique) {
    auto const* const known = attack_table::enterprise().find_technique(technique);
    return known ? known->name : std::string();
}

/// `+ log.json:12  0.9  wget u`
std::string line_text(differing_line const& line) {
    std::string text = line.before ? line.after ? "~ " : "- " : "+ ";
    text += escape_for_terminal(line.input) + ':' + std::to_string(line.number) + "  ";
    if (line.before && line.after && *line.before != *line.after)
        text += number(*line.before) + " -> " + number(*line.after);
    else
        text += number(line.after ? *line.after : *line.before);
    if (line.before && line.after && line.tactic_before != line.tactic_after)
        text += "  " + escape_for_terminal(line.tactic_before) + " -> " + escape_for_terminal(line.tactic_after);
    if (line.before && line.after && line.observed_before != line.observed_after)
        text += line.observed_before ? "  observed -> counts" : "  counts -> observed";
    else if (line.observed_before || line.observed_after)
        text += "  observed";
    if (!line.typed.empty())
        text += "  " + escape_for_terminal(line.typed);
    return text + '\n';
}

/// `3 (2 promoted, 1 observed)`
std::string changed_text(rule_difference const& counts) {
    std::vector<std::string> parts;
    if (counts.promoted > 0)
        parts.push_back(std::to_string(counts.promoted) + " promoted");
    if (counts.observed > 0)
        parts.push_back(std::to_string(counts.observed) + " observed");
    return std::to_string(counts.changed) + (parts.empty() ? "" : " (" + joined(parts, ", ") + ')');
}

std::uint64_t lines_left_out(rule_difference const& of) {
    return of.added + of.removed + of.changed - of.lines.size();
}

/// `left out of NEW: R0001 (fails its tests), bad.yaml (unreadable)`; empty: none is. `shown` escapes a name.
std::string left_out_text(compared_rules const& of, std::string const& side, std::string (*shown)(std::string_view)) {
    std::vector<std::string> texts;
    for (auto const& each : of.left_out)
        texts.push_back(shown(each.name) + " (" + each.why + ')');
    return texts.empty() ? "" : "left out of " + side + ": " + few_of(texts, max_left_out);
}

json::array left_out_json(compared_rules const& of) {
    json::array all;
    for (auto const& each : of.left_out)
        all.push_back(json::object{{"name", each.name}, {"why", each.why}});
    return all;
}

/// A code span that also fits a cell of a table.
std::string code(std::string_view text) {
    std::string span = "`";
    for (char const c : escape_for_terminal(text)) {
        if (c == '|')
            span += '\\';
        span += c == '`' ? '\'' : c;
    }
    return span + (text.empty() ? " `" : "`");
}

} // namespace

std::string sum_of(rule_difference const& counts) {
    auto text = '+' + std::to_string(counts.added) + " -" + std::to_string(counts.removed);
    if (counts.changed > 0)
        text += " ~" + changed_text(counts);
    return text;
}

bool rule_comparison::differs_in_left_out() const {
    auto const names = [](compared_rules const& of) {
        std::set<std::string> all;
        for (auto const& each : of.left_out)
            all.insert(each.name);
        return all;
    };
    return names(before) != names(after);
}

std::string difference_text(rule_comparison const& of) {
    std::string text;
    for (auto const* each : {&of.before, &of.after})
        text += (each == &of.before ? "old: " : "new: ") + escape_for_terminal(each->name) + ", " +
            plural(each->rules, "rule") + '\n';
    for (auto const* each : {&of.before, &of.after})
        if (auto const line = left_out_text(*each, each == &of.before ? "OLD" : "NEW", escape_for_terminal);
            !line.empty())
            text += line + '\n';
    text += plural(of.events, "event");
    if (of.rejected > 0)
        text += ", " + plural(of.rejected, "line") + " that cannot be read as events";
    text += "\n\n";
    for (auto const& each : of.differences.rules()) {
        text += escape_for_terminal(each.rule_id) + ' ' + escape_for_terminal(each.technique) + ' ' + sum_of(each);
        if (auto const name = name_of(each.technique); !name.empty())
            text += "  " + name;
        text += '\n';
        for (auto const& line : each.lines)
            text += "  " + line_text(line);
        if (auto const more = lines_left_out(each); more > 0 && !each.lines.empty())
            text += "  and " + std::to_string(more) + " more\n";
    }
    return text + (of.differences.empty() ? "no tag differs\n" : "\nin all: " + sum_of(of.differences.total()) + '\n');
}

std::string difference_markdown(rule_comparison const& of) {
    std::string text = "### Tags: " + (of.differences.empty() ? "no difference" : sum_of(of.differences.total())) +
        "\n\n" + code(of.before.name) + " (" + plural(of.before.rules, "rule") + ") and " + code(of.after.name) + " (" +
        plural(of.after.rules, "rule") + ") on " + plural(of.events, "event");
    if (of.rejected > 0)
        text += ", without " + plural(of.rejected, "line") + " that cannot be read as events";
    text += ".\n";
    for (auto const* each : {&of.before, &of.after})
        if (auto const line = left_out_text(*each, each == &of.before ? "OLD" : "NEW", code); !line.empty())
            text += "\n**Warning**: " + line + ".\n";
    if (of.differences.empty())
        return text;
    auto const rules = of.differences.rules();
    text += "\n| rule | technique | name | added | removed | changed |\n|---|---|---|--:|--:|--:|\n";
    for (auto const& each : rules)
        text += "| " + code(each.rule_id) + " | " + code(each.technique) + " | " + name_of(each.technique) + " | " +
            std::to_string(each.added) + " | " + std::to_string(each.removed) + " | " + changed_text(each) + " |\n";
    if (std::ranges::all_of(rules, [](auto const& each) { return each.lines.empty(); }))
        return text;
    text += "\n<details><summary>Lines</summary>\n";
    for (auto const& each : rules) {
        // No line begins with text from an attacker, so none closes the fence.
        text += '\n' + code(each.rule_id) + ' ' + code(each.technique) + "\n\n```diff\n";
        for (auto const& line : each.lines)
            text += line_text(line);
        text += "```\n";
        if (auto const more = lines_left_out(each); more > 0)
            text += "\nand " + std::to_string(more) + " more\n";
    }
    return text + "\n</details>\n";
}

json::object difference_json(rule_comparison const& of) {
    auto const counts = [](rule_difference const& each) {
        return json::object{{"added", each.added},
                            {"removed", each.removed},
                            {"changed", each.changed},
                            {"promoted", each.promoted},
                            {"observed", each.observed}};
    };
    auto const confidence = [](std::optional<double> const& value) {
        return value ? json::value(*value) : json::value(nullptr);
    };
    auto const tactic = [](std::string const& id) { return id.empty() ? json::value(nullptr) : json::value(id); };
    auto const mark = [](std::optional<double> const& of_tag, bool observed) {
        return of_tag ? json::value(observed) : json::value(nullptr);
    };
    json::array rules;
    for (auto const& each : of.differences.rules()) {
        json::array lines;
        for (auto const& line : each.lines)
            lines.push_back(json::object{{"input", line.input},
                                         {"line", line.number},
                                         {"before", confidence(line.before)},
                                         {"after", confidence(line.after)},
                                         {"tactic_before", tactic(line.tactic_before)},
                                         {"tactic_after", tactic(line.tactic_after)},
                                         {"observe_before", mark(line.before, line.observed_before)},
                                         {"observe_after", mark(line.after, line.observed_after)},
                                         {"typed", line.typed}});
        auto entry = json::object{
            {"rule_id", each.rule_id}, {"technique_id", each.technique}, {"technique_name", name_of(each.technique)}};
        for (auto const& [key, value] : counts(each))
            entry[key] = value;
        entry["lines"] = std::move(lines);
        rules.push_back(std::move(entry));
    }
    auto const set = [](compared_rules const& each) {
        return json::object{{"name", each.name}, {"rules", each.rules}, {"left_out", left_out_json(each)}};
    };
    return {{"before", set(of.before)},
            {"after", set(of.after)},
            {"events", of.events},
            {"rejected", of.rejected},
            {"total", counts(of.differences.total())},
            {"rules", std::move(rules)}};
}

} // namespace rulehost
