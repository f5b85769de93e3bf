#include "yaml/node_reader.hpp"

#include "text/member_path.hpp"
#include "text/number.hpp"
#include "text/utf8.hpp"
#include "yaml/nearest.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <set>
#include <utility>

namespace rulehost {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The number that a plain scalar represents, or null. A leading zero makes no number: some YAML readers take it as
/// octal, others as decimal.
boost::json::value number_from(std::string_view text) {
    auto digits = text;
    if (digits.starts_with('-') || digits.starts_with('+'))
        digits.remove_prefix(1);
    auto const starts_number =
        !digits.empty() && (is_digit(digits[0]) || (digits[0] == '.' && digits.size() > 1 && is_digit(digits[1])));
    if (!starts_number || (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])))
        return nullptr;
    if (text.starts_with('+'))
        text.remove_prefix(1);
    if (auto const whole = parse_number<std::int64_t>(text))
        return *whole;
    if (auto const real = parse_number<double>(text))
        return *real;
    return nullptr;
}

boost::json::value scalar_value(yaml_node const& node) {
    if (node.written == yaml_node::style::quoted)
        return boost::json::value(node.text);
    for (auto const word : {"true", "True", "TRUE"})
        if (node.text == word)
            return true;
    for (auto const word : {"false", "False", "FALSE"})
        if (node.text == word)
            return false;
    auto number = number_from(node.text);
    return number.is_null() ? boost::json::value(node.text) : number;
}

std::string_view describe(yaml_node const& node) {
    switch (node.what) {
    case yaml_node::kind::null:
        return "empty";
    case yaml_node::kind::sequence:
        return "a list";
    case yaml_node::kind::map:
        return "a map";
    case yaml_node::kind::scalar:
        break;
    }
    auto const value = scalar_value(node);
    return value.is_string() ? "text" : value.is_bool() ? "true or false" : "a number";
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t most = 80;
    return "'" + shortened(text, most) + "'";
}

/// `node` as an element of a list: as typed if plain, else quoted.
std::string as_element(yaml_node const& node) {
    constexpr std::size_t most = 80;
    if (node.text.size() > most)
        return "...";
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-";
    if (node.text.find_first_not_of(plain) == std::string::npos && !node.text.starts_with('-'))
        return node.text;
    std::string text = "'";
    for (auto const c : node.text)
        text += c == '\'' ? "''" : std::string(1, c);
    return text + "'";
}

std::string write(std::optional<std::string> const& instead) {
    return instead ? "write " + *instead : std::string();
}

/// The value of a number in another base, or with separators.
std::optional<std::int64_t> number_meant_by(std::string_view text) {
    auto const negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front()))
        return std::nullopt;
    std::string digits(text);
    std::erase(digits, '_');
    std::string_view rest = digits;
    auto base = 10;
    for (auto const& [prefix, of] : {std::pair{"0x", 16}, std::pair{"0o", 8}, std::pair{"0b", 2}}) {
        if (rest.starts_with(prefix)) {
            rest.remove_prefix(2);
            base = of;
            break;
        }
    }
    std::int64_t number = 0;
    auto const [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), number, base);
    if (failed != std::errc{} || end != rest.data() + rest.size() || rest.starts_with('-'))
        return std::nullopt;
    return negative ? -number : number;
}

} // namespace

std::optional<std::string> value_meant_by(yaml_node const& node) {
    if (node.what != yaml_node::kind::scalar || node.written == yaml_node::style::quoted ||
        !scalar_value(node).is_string())
        return std::nullopt;
    for (auto const* const word : {"yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})
        if (node.text == word)
            return "true";
    for (auto const* const word : {"no", "No", "NO", "off", "Off", "OFF", "n", "N"})
        if (node.text == word)
            return "false";
    auto const number = number_meant_by(node.text);
    return number ? std::optional(std::to_string(*number)) : std::nullopt;
}

boost::json::value to_json(yaml_node const& node) {
    switch (node.what) {
    case yaml_node::kind::null:
        return nullptr;
    case yaml_node::kind::scalar:
        return scalar_value(node);
    case yaml_node::kind::sequence: {
        boost::json::array array;
        for (auto const& item : node.items)
            array.push_back(to_json(item));
        return array;
    }
    case yaml_node::kind::map:
        break;
    }
    boost::json::object object;
    for (std::size_t i = 0; i < node.items.size(); ++i)
        object[node.keys[i].text] = to_json(node.items[i]);
    return object;
}

void value_reader::wrong_type(yaml_node const& node, std::string_view what, std::string_view expected,
                              std::string hint) const {
    out_->report(finding::wrong_type, node.where,
                 std::string(what) + " must be " + std::string(expected) + ", but is " + std::string(describe(node)),
                 std::move(hint));
}

void value_reader::invalid(yaml_node const& node, std::string message, std::string hint) const {
    out_->report(finding::invalid_value, node.where, std::move(message), std::move(hint));
}

void value_reader::warn_if_misread(yaml_node const& node) const {
    if (auto const meant = value_meant_by(node)) {
        out_->report(finding::misread_scalar, node.where, in_quotes(node.text) + " is text here",
                     "write " + *meant + ", or for the text '" + node.text + "' in quotes");
    }
}

std::optional<std::string> value_reader::text(yaml_node const* node, std::string_view what) const {
    if (!node)
        return std::nullopt;
    auto const is_scalar = node->what == yaml_node::kind::scalar;
    if (!is_scalar || !scalar_value(*node).is_string()) {
        wrong_type(*node, what, "text", is_scalar ? "put it in quotes: '" + node->text + "'" : std::string());
        return std::nullopt;
    }
    if (node->text.empty()) {
        invalid(*node, std::string(what) + " is empty");
        return std::nullopt;
    }
    return node->text;
}

std::optional<std::string> value_reader::scalar_text(yaml_node const* node, std::string_view what) const {
    if (!node)
        return std::nullopt;
    if (node->what != yaml_node::kind::scalar) {
        wrong_type(*node, what, "text or a number");
        return std::nullopt;
    }
    return node->text;
}

std::optional<boost::json::value> value_reader::scalar(yaml_node const* node, std::string_view what,
                                                       std::string_view hint_for_null) const {
    if (!node)
        return std::nullopt;
    if (node->what != yaml_node::kind::scalar) {
        wrong_type(*node, what, "text, a number, true or false",
                   std::string(node->what == yaml_node::kind::null ? hint_for_null : std::string_view()));
        return std::nullopt;
    }
    return scalar_value(*node);
}

std::optional<std::int64_t> value_reader::integer(yaml_node const* node, std::string_view what, std::int64_t least,
                                                  std::int64_t most) const {
    if (!node)
        return std::nullopt;
    auto const value = to_json(*node);
    if (!value.is_int64()) {
        wrong_type(*node, what, "a whole number", write(value_meant_by(*node)));
        return std::nullopt;
    }
    if (value.get_int64() < least || value.get_int64() > most) {
        invalid(*node,
                std::string(what) +
                    (most == std::numeric_limits<std::int64_t>::max()
                         ? " must be at least " + std::to_string(least)
                         : " must be between " + std::to_string(least) + " and " + std::to_string(most)));
        return std::nullopt;
    }
    return value.get_int64();
}

std::optional<double> value_reader::number(yaml_node const* node, std::string_view what) const {
    if (!node)
        return std::nullopt;
    auto const value = to_json(*node);
    if (!value.is_number()) {
        wrong_type(*node, what, "a number", write(value_meant_by(*node)));
        return std::nullopt;
    }
    return value.is_double() ? value.get_double() : static_cast<double>(value.get_int64());
}

std::optional<bool> value_reader::boolean(yaml_node const* node, std::string_view what) const {
    if (!node)
        return std::nullopt;
    auto const value = to_json(*node);
    if (!value.is_bool()) {
        auto const meant = value_meant_by(*node);
        wrong_type(*node, what, "true or false",
                   meant                   ? write(meant)
                       : value.is_string() ? "write true or false, without quotes"
                                           : "");
        return std::nullopt;
    }
    return value.get_bool();
}

std::vector<std::string> value_reader::path(yaml_node const* node, std::string_view what) const {
    auto const written = text(node, what);
    if (!written)
        return {};
    auto path = split_path(*written);
    if (!path) {
        invalid(*node, std::string(what) + " has an empty part or an open quote", "write a path as a.b, or a.\"b.c\"");
        return {};
    }
    return std::move(*path);
}

std::optional<duration> value_reader::span(yaml_node const* node, std::string_view what) const {
    auto const written = scalar_text(node, what);
    if (!written)
        return std::nullopt;
    auto const parsed = parse_duration(*written);
    if (!parsed) {
        invalid(*node, std::string(what) + " is not a duration: " + in_quotes(*written),
                "write 250ms, 20s, 5m, 4h, 7d or 1h30m");
        return std::nullopt;
    }
    return *parsed;
}

std::optional<std::string> value_reader::date(yaml_node const* node, std::string_view what) const {
    auto const written = text(node, what);
    if (!written)
        return std::nullopt;
    auto const part = [&](std::size_t begin, std::size_t size) {
        return parse_number<unsigned>(std::string_view(*written).substr(begin, size)).value_or(0);
    };
    auto const shaped = written->size() == 10 && (*written)[4] == '-' && (*written)[7] == '-';
    if (!shaped ||
        !std::chrono::year_month_day(std::chrono::year(static_cast<int>(part(0, 4))), std::chrono::month(part(5, 2)),
                                     std::chrono::day(part(8, 2)))
             .ok()) {
        invalid(*node, std::string(what) + " is not a date: " + in_quotes(*written), "write it as 2026-12-31");
        return std::nullopt;
    }
    return written;
}

std::vector<yaml_node> const& value_reader::list(yaml_node const* node, std::string_view what) const {
    static std::vector<yaml_node> const none;
    if (!node)
        return none;
    if (node->what == yaml_node::kind::null || (node->what == yaml_node::kind::sequence && node->items.empty())) {
        out_->report(finding::empty_list, node->where, std::string(what) + " is empty");
        return none;
    }
    if (node->what != yaml_node::kind::sequence) {
        wrong_type(*node, what, "a list",
                   node->what == yaml_node::kind::map ? "write [{...}]" : "write [" + as_element(*node) + "]");
        return none;
    }
    return node->items;
}

std::vector<std::string> value_reader::texts(yaml_node const* node, std::string_view what) const {
    std::vector<std::string> read;
    for (auto const& item : list(node, what))
        if (auto each = text(&item, what))
            read.push_back(std::move(*each));
    return read;
}

map_reader::map_reader(yaml_node const& node, std::string_view what, findings& out, std::string_view form)
    : node_(&node), what_(what), out_(&out) {
    if (!is_map()) {
        value_reader(out).wrong_type(node, what, "a map", form.empty() ? std::string() : "write " + std::string(form));
        return;
    }
    std::set<std::string_view> seen;
    for (auto const& key : node.keys)
        if (!seen.insert(key.text).second)
            out.report(finding::duplicate_key, key.where, in_quotes(key.text) + " is given twice in " + what_);
}

yaml_node const* map_reader::find(std::string_view key) {
    known_.push_back(key);
    return node_->find(key);
}

yaml_node const* map_reader::find_renamed(std::string_view key, std::string_view former) {
    auto const* const found = find(key);
    auto const* const old = node_->find(former);
    if (!old)
        return found;
    known_.push_back(former);
    if (found) {
        out_->report(finding::conflicting_keys, where(former),
                     in_quotes(former) + " is the former name of " + in_quotes(key) + ", which is present too");
        return found;
    }
    out_->report(finding::renamed_key, where(former), in_quotes(former) + " is now called " + in_quotes(key),
                 "write '" + std::string(key) + "'; the former name goes with the next minor version");
    return old;
}

yaml_node const* map_reader::require(std::string_view key) {
    auto const* const found = find(key);
    if (!found && is_map())
        out_->report(finding::missing_key, node_->where, what_ + " needs '" + std::string(key) + "'");
    return found;
}

position map_reader::where(std::string_view key) const {
    auto const found = std::ranges::find(node_->keys, key, &yaml_node::key::text);
    return found == node_->keys.end() ? node_->where : found->where;
}

bool map_reader::finish() {
    bool all_known = true;
    for (auto const& key : node_->keys) {
        if (std::ranges::find(known_, key.text) != known_.end())
            continue;
        all_known = false;
        auto const meant = nearest(key.text, known_);
        out_->report(finding::unknown_key, key.where, what_ + " has no key " + in_quotes(key.text),
                     meant.empty() ? std::string() : "did you mean '" + meant + "'?");
    }
    return all_known;
}

} // namespace rulehost
