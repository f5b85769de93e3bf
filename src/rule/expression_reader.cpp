#include "rule/expression_reader.hpp"

#include "text/number.hpp"
#include "text/utf8.hpp"
#include "yaml/node_reader.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace rulehost {
namespace {

// Aliases repeat an expression at three bytes each.
constexpr std::size_t max_size_of_expressions = 8 * 1024 * 1024;

void warn_of_controls(yaml_node const& pattern, findings& out) {
    for (std::size_t at = 0; at < pattern.text.size();) {
        auto const unit = first_unit(std::string_view(pattern.text).substr(at));
        auto const is_blank = unit.code_point == '\t' || unit.code_point == '\n' || unit.code_point == '\r';
        if (unit.code_point < 0x20 ? !is_blank : unit.code_point >= 0x7f && unit.code_point < 0xa0) {
            std::array<char, 8> digits{};
            auto const end =
                std::to_chars(digits.data(), digits.data() + digits.size(), unsigned{unit.code_point}, 16).ptr;
            std::string number(digits.data(), end);
            std::ranges::transform(number, number.begin(),
                                   [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
            out.report(finding::control_in_pattern, out.inside(pattern, at),
                       "control character U+" + std::string(4 - std::min<std::size_t>(4, number.size()), '0') + number +
                           " in a pattern",
                       "write it in single quotes: in double quotes YAML interprets \\b and similar");
            return;
        }
        at += unit.length;
    }
}

} // namespace

std::shared_ptr<regex const> expression_reader::read(yaml_node const& node, regex::flags options) {
    auto const expression = value_reader(*out_).text(&node, "pattern");
    if (!expression || size_ > max_size_of_expressions)
        return nullptr;
    warn_of_controls(node, *out_);
    auto compiled = regex::compile(*expression, options);
    if (!compiled) {
        auto const& problem = compiled.error();
        out_->report(finding::invalid_regex, out_->inside(node, problem.offset),
                     "the pattern does not compile: " + problem.message + " (at its byte " +
                         std::to_string(problem.offset + 1) + ")");
        return nullptr;
    }
    size_ += (*compiled)->size();
    if (size_ <= max_size_of_expressions)
        return std::move(*compiled);
    out_->report(finding::too_large, node.where,
                 "the patterns of the rule have over " + std::to_string(max_size_of_expressions) +
                     " bytes once they are compiled",
                 "write shorter repeats, or several rules; an alias counts as often as it is used");
    return nullptr;
}

bool is_network(std::string const& text) {
    auto const slash = text.find('/');
    auto const address = text.substr(0, slash);
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    auto const bits = inet_pton(AF_INET, address.c_str(), bytes.data()) == 1 ? 32u
        : inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1            ? 128u
                                                                             : 0u;
    if (bits == 0 || slash == std::string::npos)
        return bits != 0;
    auto const prefix = parse_number<unsigned>(std::string_view(text).substr(slash + 1));
    return prefix && *prefix <= bits;
}

} // namespace rulehost
