#include "engine/noticing_test.hpp"

#include "engine/rule_test_run.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace rulehost {

namespace {

constexpr std::size_t max_variants = 3000;
constexpr std::size_t max_variants_of_a_test = 150;

bool is_inside_character(std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0u) == 0x80u;
}

/// Texts that differ from `text` in one place: a letter inserted, replaced or removed, or a word removed.
std::vector<std::string> variants_of(std::string const& text) {
    std::vector<std::string> all{"x " + text, text + " x"};
    for (std::size_t at = 0; at <= text.size(); ++at) {
        if (is_inside_character(text, at))
            continue;
        all.push_back(text.substr(0, at) + 'x' + text.substr(at));
        if (at == text.size() || is_inside_character(text, at + 1))
            continue;
        all.push_back(text.substr(0, at) + text.substr(at + 1));
        all.push_back(text.substr(0, at) + '%' + text.substr(at + 1));
        if (text[at] == ' ')
            all.push_back(text.substr(0, at) + text.substr(std::min(text.find(' ', at + 1), text.size())));
    }
    return all;
}

std::vector<boost::json::value> variants_of(boost::json::value const& value) {
    std::vector<boost::json::value> all;
    if (auto const* const text = value.if_string()) {
        for (auto& each : variants_of(std::string(*text)))
            all.emplace_back(each);
    } else if (auto const* const number = value.if_int64(); number && *number > INT64_MIN && *number < INT64_MAX) {
        all.emplace_back(*number - 1);
        all.emplace_back(*number + 1);
    } else if (auto const* const truth = value.if_bool()) {
        all.emplace_back(!*truth);
    }
    return all;
}

/// A test, a field of its payload, and replacements for its value.
struct variation {
    rule_test const* test;
    std::string_view field;
    std::vector<boost::json::value> values;
};

} // namespace

std::optional<rule_test> noticing_test(std::vector<rule_test> const& tests,
                                       std::shared_ptr<rule_program const> const& original,
                                       std::shared_ptr<rule_program const> const& changed) {
    std::vector<variation> variations;
    for (bool const silent : {false, true})
        for (auto const& test : tests)
            if (test.events.size() == 1 && test.expected.empty() == silent)
                for (auto const& [field, value] : test.events.front().payload)
                    variations.push_back({&test, field, variants_of(value)});
    // Tries one variant of each test in turn, since it is unknown which test covers the changed place.
    std::size_t tried = 0;
    for (std::size_t round = 0; round != max_variants_of_a_test; ++round) {
        for (auto const& each : variations) {
            if (round >= each.values.size())
                continue;
            if (++tried > max_variants)
                return std::nullopt;
            auto candidate = *each.test;
            candidate.name.clear();
            candidate.events.front().payload[each.field] = each.values[round];
            auto const before = run_rule_test(candidate, original);
            auto const after = run_rule_test(candidate, changed);
            if (before.limit_hit || after.limit_hit || before.techniques == after.techniques)
                continue;
            candidate.expected.assign(before.techniques.begin(), before.techniques.end());
            return candidate;
        }
    }
    return std::nullopt;
}

} // namespace rulehost
