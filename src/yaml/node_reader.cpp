#include "yaml/node_reader.hpp"

#include "text/number.hpp"
#include "yaml/nearest.hpp"
#include "yaml/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <set>

namespace rulehost {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The number that a plain scalar is, or null. A leading zero is no number: it would be octal to some readers of
/// YAML and decimal to others.
boost::json::value number_from(std::string_view text) {
    auto digits = text;
    if (digits.starts_with('-') || digits.starts_with('+')) {
        digits.remove_prefix(1);
    }
    auto const starts_number =
        !digits.empty() && (is_digit(digits[0]) || (digits[0] == '.' && digits.size() > 1 && is_digit(digits[1])));
    if (!starts_number || (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1]))) {
        return nullptr;
    }
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    if (auto const whole = parse_number<std::int64_t>(text)) {
        return *whole;
    }
    if (auto const real = parse_number<double>(text)) {
        return *real;
    }
    return nullptr;
}

boost::json::value scalar_value(yaml_node const& node) {
    if (node.written == yaml_node::style::quoted) {
        return boost::json::value(node.text);
    }
    for (auto const word : {"true", "True", "TRUE"}) {
        if (node.text == word) {
            return true;
        }
    }
    for (auto const word : {"false", "False", "FALSE"}) {
        if (node.text == word) {
            return false;
        }
    }
    auto number = number_from(node.text);
    return number.is_null() ? boost::json::value(node.text) : number;
}

std::string_view describe(yaml_node const& node) {
    switch (node.what) {
    case yaml_node::kind::null: return "empty";
    case yaml_node::kind::sequence: return "a list";
    case yaml_node::kind::map: return "a map";
    case yaml_node::kind::scalar: break;
    }
    auto const value = scalar_value(node);
    return value.is_string() ? "text" : value.is_bool() ? "true or false" : "a number";
}

std::string quoted(std::string_view text) {
    constexpr std::size_t most = 80;
    auto cut = std::min(text.size(), most);
    while (cut < text.size() && cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) {
        --cut;
    }
    return "'" + std::string(text.substr(0, cut)) + (cut < text.size() ? "...'" : "'");
}

} // namespace

boost::json::value to_json(yaml_node const& node) {
    switch (node.what) {
    case yaml_node::kind::null: return nullptr;
    case yaml_node::kind::scalar: return scalar_value(node);
    case yaml_node::kind::sequence: {
        boost::json::array array;
        for (auto const& item : node.items) {
            array.push_back(to_json(item));
        }
        return array;
    }
    case yaml_node::kind::map: break;
    }
    boost::json::object object;
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        object[node.keys[i].text] = to_json(node.items[i]);
    }
    return object;
}

void value_reader::wrong_type(yaml_node const& node, std::string_view what, std::string_view expected, std::string hint) const {
    out_->report(finding::wrong_type, node.where,
                 std::string(what) + " must be " + std::string(expected) + ", but is " + std::string(describe(node)),
                 std::move(hint));
}

void value_reader::invalid(yaml_node const& node, std::string message, std::string hint) const {
    out_->report(finding::invalid_value, node.where, std::move(message), std::move(hint));
}

std::optional<std::string> value_reader::text(yaml_node const* node, std::string_view what) const {
    if (!node) {
        return std::nullopt;
    }
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
    if (!node) {
        return std::nullopt;
    }
    if (node->what != yaml_node::kind::scalar) {
        wrong_type(*node, what, "text or a number");
        return std::nullopt;
    }
    return node->text;
}

std::optional<boost::json::value> value_reader::scalar(yaml_node const* node, std::string_view what,
                                                       std::string_view hint_for_null) const {
    if (!node) {
        return std::nullopt;
    }
    if (node->what != yaml_node::kind::scalar) {
        wrong_type(*node, what, "text, a number, true or false",
                   std::string(node->what == yaml_node::kind::null ? hint_for_null : std::string_view()));
        return std::nullopt;
    }
    return scalar_value(*node);
}

std::optional<std::int64_t> value_reader::integer(yaml_node const* node, std::string_view what, std::int64_t least,
                                                  std::int64_t most) const {
    if (!node) {
        return std::nullopt;
    }
    auto const value = to_json(*node);
    if (!value.is_int64()) {
        wrong_type(*node, what, "a whole number");
        return std::nullopt;
    }
    if (value.get_int64() < least || value.get_int64() > most) {
        invalid(*node, std::string(what) + (most == std::numeric_limits<std::int64_t>::max()
                                                ? " must be at least " + std::to_string(least)
                                                : " must be between " + std::to_string(least) + " and " + std::to_string(most)));
        return std::nullopt;
    }
    return value.get_int64();
}

std::optional<double> value_reader::number(yaml_node const* node, std::string_view what) const {
    if (!node) {
        return std::nullopt;
    }
    auto const value = to_json(*node);
    if (!value.is_number()) {
        wrong_type(*node, what, "a number");
        return std::nullopt;
    }
    return value.is_double() ? value.get_double() : static_cast<double>(value.get_int64());
}

std::optional<bool> value_reader::boolean(yaml_node const* node, std::string_view what) const {
    if (!node) {
        return std::nullopt;
    }
    auto const value = to_json(*node);
    if (!value.is_bool()) {
        wrong_type(*node, what, "true or false", value.is_string() ? "write true or false, without quotes" : "");
        return std::nullopt;
    }
    return value.get_bool();
}

std::vector<std::string> value_reader::path(yaml_node const* node, std::string_view what) const {
    auto const written = text(node, what);
    if (!written) {
        return {};
    }
    std::vector<std::string> path;
    for (std::string_view rest = *written;;) {
        auto const dot = rest.find('.');
        auto const key = rest.substr(0, dot);
        if (key.empty()) {
            invalid(*node, std::string(what) + " has an empty part", "write a path as a.b");
            return {};
        }
        path.emplace_back(key);
        if (dot == std::string_view::npos) {
            return path;
        }
        rest.remove_prefix(dot + 1);
    }
}

std::optional<duration> value_reader::span(yaml_node const* node, std::string_view what) const {
    auto const written = scalar_text(node, what);
    if (!written) {
        return std::nullopt;
    }
    auto const parsed = parse_duration(*written);
    if (!parsed) {
        invalid(*node, std::string(what) + " is no duration: " + quoted(*written), "write 250ms, 20s, 5m, 4h, 7d or 1h30m");
        return std::nullopt;
    }
    return *parsed;
}

std::optional<std::string> value_reader::date(yaml_node const* node, std::string_view what) const {
    auto const written = text(node, what);
    if (!written) {
        return std::nullopt;
    }
    auto const part = [&](std::size_t begin, std::size_t size) {
        return parse_number<unsigned>(std::string_view(*written).substr(begin, size)).value_or(0);
    };
    auto const shaped = written->size() == 10 && (*written)[4] == '-' && (*written)[7] == '-';
    if (!shaped || !std::chrono::year_month_day(std::chrono::year(static_cast<int>(part(0, 4))),
                                                std::chrono::month(part(5, 2)), std::chrono::day(part(8, 2)))
                        .ok()) {
        invalid(*node, std::string(what) + " is no date: " + quoted(*written), "write it as 2026-12-31");
        return std::nullopt;
    }
    return written;
}

std::vector<yaml_node> const& value_reader::list(yaml_node const* node, std::string_view what) const {
    static std::vector<yaml_node> const none;
    if (!node) {
        return none;
    }
    if (node->what == yaml_node::kind::null || (node->what == yaml_node::kind::sequence && node->items.empty())) {
        out_->report(finding::empty_list, node->where, std::string(what) + " is empty");
        return none;
    }
    if (node->what != yaml_node::kind::sequence) {
        wrong_type(*node, what, "a list");
        return none;
    }
    return node->items;
}

std::vector<std::string> value_reader::texts(yaml_node const* node, std::string_view what) const {
    std::vector<std::string> read;
    for (auto const& item : list(node, what)) {
        if (auto each = text(&item, what)) {
            read.push_back(std::move(*each));
        }
    }
    return read;
}

map_reader::map_reader(yaml_node const& node, std::string_view what, findings& out)
    : node_(&node), what_(what), out_(&out) {
    if (!is_map()) {
        value_reader(out).wrong_type(node, what, "a map");
        return;
    }
    std::set<std::string_view> seen;
    for (auto const& key : node.keys) {
        if (!seen.insert(key.text).second) {
            out.report(finding::duplicate_key, key.where, quoted(key.text) + " is given twice in " + what_);
        }
    }
}

yaml_node const* map_reader::find(std::string_view key) {
    known_.push_back(key);
    return node_->find(key);
}

yaml_node const* map_reader::require(std::string_view key) {
    auto const* const found = find(key);
    if (!found && is_map()) {
        out_->report(finding::missing_key, node_->where, what_ + " needs '" + std::string(key) + "'");
    }
    return found;
}

position map_reader::where(std::string_view key) const {
    auto const found = std::ranges::find(node_->keys, key, &yaml_node::key::text);
    return found == node_->keys.end() ? node_->where : found->where;
}

bool map_reader::finish() {
    bool all_known = true;
    for (auto const& key : node_->keys) {
        if (std::ranges::find(known_, key.text) != known_.end()) {
            continue;
        }
        all_known = false;
        auto const meant = nearest(key.text, known_);
        out_->report(finding::unknown_key, key.where, what_ + " has no key " + quoted(key.text),
                     meant.empty() ? std::string() : "did you mean '" + meant + "'?");
    }
    return all_known;
}

} // namespace rulehost
