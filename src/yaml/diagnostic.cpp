#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>

#include "text/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <charconv>
#include <map>

namespace rulehost {
namespace {

std::string_view name_of(severity level) {
    return level == severity::error ? "error" : "warning";
}

std::string hexadecimal(std::uint32_t value) {
    char digits[8];
    auto const end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
    return std::string(digits, end);
}

/// A line of a file for display: a tab takes one column.
std::string shown(std::string_view line) {
    std::string spaced(line);
    std::ranges::replace(spaced, '\t', ' ');
    return escape_for_terminal(spaced);
}

/// The part of a line that fits a terminal, around `column` (from 1; 0: its beginning).
struct excerpt {
    std::string_view text;
    std::size_t begin = 0;
    std::string_view before = {}; ///< marks the omitted beginning
    std::string_view after = {};
};

excerpt excerpt_of(std::string_view line, std::size_t column) {
    constexpr std::size_t longest = 160;
    if (line.size() <= longest)
        return {.text = line};
    auto const inside_character = [&](std::size_t at) {
        return at < line.size() && (static_cast<unsigned char>(line[at]) & 0xc0u) == 0x80u;
    };
    auto begin = column > longest * 3 / 4 ? std::min(column - longest / 2, line.size()) : 0;
    auto end = std::min(begin + longest, line.size());
    while (begin > 0 && inside_character(begin))
        --begin;
    while (end > begin && inside_character(end))
        --end;
    return {.text = line.substr(begin, end - begin),
            .begin = begin,
            .before = begin > 0 ? "... " : "",
            .after = end < line.size() ? " ..." : ""};
}

boost::json::string valid_text(std::string_view text) {
    return boost::json::string(to_valid_utf8(text));
}

/// `path` as a relative reference of RFC 3986.
std::string uri_of(std::string_view path) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    std::string uri;
    for (auto const c : path) {
        if (plain.find(c) != std::string_view::npos) {
            uri += c;
        } else {
            auto const digits = hexadecimal(static_cast<unsigned char>(c));
            uri += digits.size() == 1 ? "%0" : "%";
            uri += digits;
        }
    }
    return uri;
}

/// The rules of a SARIF run: every code of the reader, and those of a custom gate.
class sarif_rules {
public:
    sarif_rules() {
        for (auto const& each : diagnostic_codes())
            add(each.code, each.level, each.meaning);
    }

    std::size_t index_of(diagnostic const& found) {
        auto const known = index_.find(found.code);
        return known != index_.end() ? known->second : add(found.code, found.level, found.code);
    }

    boost::json::array take() { return std::move(rules_); }

private:
    std::size_t add(std::string_view code, severity level, std::string_view meaning) {
        boost::json::object rule;
        rule["id"] = valid_text(code);
        rule["shortDescription"] = boost::json::object{{"text", valid_text(meaning)}};
        rule["defaultConfiguration"] = boost::json::object{{"level", name_of(level)}};
        rules_.push_back(std::move(rule));
        index_.emplace(code, rules_.size() - 1);
        return rules_.size() - 1;
    }

    boost::json::array rules_;
    std::map<std::string, std::size_t, std::less<>> index_;
};

boost::json::object sarif_location(diagnostic const& found) {
    boost::json::object physical{{"artifactLocation", boost::json::object{{"uri", uri_of(found.path)}}}};
    if (found.line != 0) {
        boost::json::object region{{"startLine", found.line}};
        if (found.column != 0) {
            auto const before = std::string_view(found.source_line).substr(0, found.column - 1);
            region["startColumn"] = count_units(before) + 1 + (found.column - 1 - before.size());
        }
        region["snippet"] = boost::json::object{{"text", valid_text(found.source_line)}};
        physical["region"] = std::move(region);
    }
    return {{"physicalLocation", std::move(physical)}};
}

} // namespace

bool has_errors(std::vector<diagnostic> const& diagnostics) {
    return std::ranges::find(diagnostics, severity::error, &diagnostic::level) != diagnostics.end();
}

std::string to_text(diagnostic const& found) {
    auto text = escape_for_terminal(found.path);
    if (found.line != 0) {
        text += ':' + std::to_string(found.line);
        if (found.column != 0)
            text += ':' + std::to_string(found.column);
    }
    text += ": ";
    text += name_of(found.level);
    text += '[' + escape_for_terminal(found.code) + "]: " + escape_for_terminal(found.message) + '\n';

    auto const number = std::to_string(found.line);
    auto const margin = std::string(std::max<std::size_t>(number.size(), 5), ' ');
    if (found.line != 0 && !found.source_line.empty()) {
        auto const part = excerpt_of(found.source_line, found.column);
        text += margin.substr(number.size()) + number + " | ";
        text.append(part.before).append(shown(part.text)).append(part.after) += '\n';
        if (found.column != 0 && found.column <= found.source_line.size() + 1) {
            auto const before = shown(part.text.substr(0, found.column - 1 - part.begin));
            text += margin + " | " + std::string(part.before.size() + count_units(before), ' ') + "^\n";
        }
    }
    if (!found.hint.empty())
        text += margin + " = " + escape_for_terminal(found.hint) + '\n';
    return text;
}

std::string to_json(std::vector<diagnostic> const& diagnostics) {
    boost::json::array array;
    for (auto const& found : diagnostics) {
        boost::json::object object;
        object["level"] = name_of(found.level);
        object["code"] = valid_text(found.code);
        object["message"] = valid_text(found.message);
        object["path"] = valid_text(found.path);
        object["line"] = found.line;
        object["column"] = found.column;
        object["source_line"] = valid_text(found.source_line);
        object["hint"] = valid_text(found.hint);
        object["rule_id"] = valid_text(found.rule_id);
        array.push_back(std::move(object));
    }
    return json_text(array);
}

std::string to_sarif(std::vector<diagnostic> const& diagnostics) {
    sarif_rules rules;
    boost::json::array results;
    for (auto const& found : diagnostics) {
        boost::json::object result;
        result["ruleId"] = valid_text(found.code);
        result["ruleIndex"] = rules.index_of(found);
        result["level"] = name_of(found.level);
        result["message"] = boost::json::object{
            {"text", valid_text(found.hint.empty() ? found.message : found.message + " (" + found.hint + ")")}};
        result["locations"] = boost::json::array{sarif_location(found)};
        if (!found.rule_id.empty())
            result["properties"] = boost::json::object{{"rule_id", valid_text(found.rule_id)}};
        results.push_back(std::move(result));
    }
    boost::json::object driver{{"name", "rulehost"}, {"rules", rules.take()}};
    boost::json::object run{{"tool", boost::json::object{{"driver", std::move(driver)}}},
                            {"columnKind", "unicodeCodePoints"},
                            {"results", std::move(results)}};
    boost::json::object log{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                            {"version", "2.1.0"},
                            {"runs", boost::json::array{std::move(run)}}};
    return json_text(log);
}

std::string escape_for_terminal(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    while (!text.empty()) {
        auto const unit = first_unit(text);
        if (!unit.valid || (unit.length == 1 && misleads(unit.code_point))) {
            auto const digits = hexadecimal(static_cast<unsigned char>(text.front()));
            escaped += digits.size() == 1 ? "\\x0" : "\\x";
            escaped += digits;
        } else if (misleads(unit.code_point)) {
            escaped += "\\u{" + hexadecimal(unit.code_point) + "}";
        } else {
            escaped += text.substr(0, unit.length);
        }
        text.remove_prefix(unit.length);
    }
    return escaped;
}

} // namespace rulehost
