#include "rule/decision_terms.hpp"

#include "rule/rule_id.hpp"
#include "text/member_path.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_term = 1024; // bytes

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
    throw std::invalid_argument("'" + std::string(text.substr(0, 80)) + "' " + std::string(why));
}

void require_text(std::string_view text) {
    if (text.empty() || text.size() > max_term)
        refuse(text, "is not of 1 to 1024 bytes");
    if (valid_prefix(text) != text.size() || text.find('\0') != text.npos)
        refuse("the selector or condition", "is not UTF-8 text");
}

bool is_digits(std::string_view text, std::size_t count) {
    return text.size() == count && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// `T1059` or `T1059.004`.
bool is_technique(std::string_view text) {
    return text.starts_with('T') && is_digits(text.substr(1, 4), 4) &&
        (text.size() == 5 || (text.size() == 9 && text[5] == '.' && is_digits(text.substr(6), 3)));
}

bool is_tactic(std::string_view text) {
    return text.starts_with("TA") && is_digits(text.substr(2), 4);
}

bool is_id_glob(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '*' ||
            c == '?';
    });
}

} // namespace

rule_selector read_selector(std::string_view text) {
    require_text(text);
    auto const colon = text.find(':');
    if (colon == text.npos) {
        if (is_rule_id(text))
            return {rule_selector::kind::id, std::string(text)};
        if (is_id_glob(text))
            return {rule_selector::kind::id_glob, std::string(text)};
        refuse(text,
               "selects no rules: write a rule_id, a glob such as R02*, technique:T1059, tactic:TA0007 or "
               "name:'*scanner*'");
    }
    auto const prefix = text.substr(0, colon);
    auto const rest = text.substr(colon + 1);
    if (prefix == "technique") {
        if (!is_technique(rest))
            refuse(text, "names no technique such as T1059 or T1059.004");
        return {rule_selector::kind::technique, std::string(rest)};
    }
    if (prefix == "tactic") {
        if (!is_tactic(rest))
            refuse(text, "names no tactic such as TA0007");
        return {rule_selector::kind::tactic, std::string(rest)};
    }
    if (prefix == "name") {
        if (rest.empty())
            refuse(text, "names no rule");
        return {rule_selector::kind::name_glob, std::string(rest)};
    }
    refuse(text, "begins with none of technique:, tactic: and name:");
}

scope_term read_scope_term(std::string_view text) {
    require_text(text);
    auto const sign = text.find('=');
    if (sign == text.npos || sign == 0 || sign + 1 == text.size())
        refuse(text, "is not a condition such as src_ip=10.0.0.0/8 or session_id=4711");
    auto const name = text.substr(0, sign);
    scope_term term{scope_term::source::payload, {}, std::string(text.substr(sign + 1)), {}};
    if (name == "src_ip") {
        term.of = scope_term::source::address;
        term.within = network::parse(term.value);
        if (!term.within)
            refuse(text, "names no address and no network such as 10.0.0.0/8");
        return term;
    }
    if (name == "source_kind") {
        term.of = scope_term::source::source_kind;
        return term;
    }
    auto keys = split_path(name);
    if (!keys)
        refuse(text, "has no field such as username or http.host in front of the '='");
    if (keys->size() == 1 &&
        (name == "attacker_uuid" || name == "identity_uuid" || name == "session_id" || name == "decky_id"))
        term.of = scope_term::source::anchor;
    term.field.keys = *std::move(keys);
    return term;
}

} // namespace rulehost
