#include "match/predicate.hpp"

#include "match/value/field_values.hpp"
#include "match/value/letter_fold.hpp"
#include "match/value/value_lookup.hpp"
#include "regex/regex.hpp"

#include <algorithm>
#include <compare>
#include <cstring>

namespace rulehost {

namespace {

using node = condition::node;

/// Compares numbers by value, whatever their JSON type; unordered if one is no number.
std::partial_ordering compare_numbers(boost::json::value const& a, boost::json::value const& b) {
    if (!a.is_number() || !b.is_number())
        return std::partial_ordering::unordered;
    if (a.is_double() || b.is_double())
        return a.to_number<double>() <=> b.to_number<double>();
    if (a.is_uint64() && b.is_uint64())
        return a.get_uint64() <=> b.get_uint64();
    // A number beyond the signed range is larger than any within.
    if (a.is_uint64() && a.get_uint64() > INT64_MAX)
        return std::partial_ordering::greater;
    if (b.is_uint64() && b.get_uint64() > INT64_MAX)
        return std::partial_ordering::less;
    return a.to_number<std::int64_t>() <=> b.to_number<std::int64_t>();
}

bool same_scalar(boost::json::value const& a, boost::json::value const& b) {
    return compare_numbers(a, b) == std::partial_ordering::equivalent ||
        (a.is_bool() && b.is_bool() && a.get_bool() == b.get_bool());
}

bool ordered_as(comparison compare, std::partial_ordering order) {
    switch (compare) {
    case comparison::greater_than:
        return order > 0;
    case comparison::at_least:
        return order >= 0;
    case comparison::less_than:
        return order < 0;
    case comparison::at_most:
        return order <= 0;
    default:
        return order == 0;
    }
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Whether a look-up table pays off against a linear search each time.
bool has_many(event const& e, field_path const& path) {
    constexpr int few = 8;
    int count = 0;
    return !names_anchor(path) && visit_elements(e.payload, path.keys, [&](auto const&) { return ++count > few; });
}

/// Linear even for `aaaa...` in `aaaa...`, unlike std::string_view::find.
std::size_t find_linear(std::string_view text, std::string_view what) {
    auto const* const found = static_cast<char const*>(memmem(text.data(), text.size(), what.data(), what.size()));
    return found ? static_cast<std::size_t>(found - text.data()) : std::string_view::npos;
}

bool is_text_comparison(comparison compare) {
    switch (compare) {
    case comparison::pattern:
    case comparison::contains:
    case comparison::starts_with:
    case comparison::ends_with:
    case comparison::equals:
    case comparison::one_of:
        return true;
    default:
        return false;
    }
}

} // namespace

predicate::predicate(condition const& source, std::string_view source_kind, std::uint32_t& tests,
                     field_path const& below)
    : source_(&source), field_(source.field), other_(source.other) {
    if (field_.keys.empty())
        field_.keys.emplace_back(default_field(source_kind));
    reads_anchor_ = names_anchor(field_);
    is_line_ = names_command_line(field_);
    whole_field_ = field_;
    if (!reads_anchor_)
        whole_field_.keys.insert(whole_field_.keys.begin(), below.keys.begin(), below.keys.end());
    children_.reserve(source.children.size());
    for (auto const& child : source.children)
        children_.emplace_back(child, source_kind, tests, source.kind == node::some ? whole_field_ : below);
    if (source.kind == node::test)
        number_ = tests++;
    if (!source.commands.empty())
        number_ = tests;
    for (auto const& step : source.commands) {
        tests += static_cast<std::uint32_t>(step.size());
        auto& ready = commands_.emplace_back();
        ready.reserve(step.size());
        for (auto const& each : step)
            ready.emplace_back(each);
    }
    for (auto const& operand : source.operands) {
        auto const* const text = operand.if_string();
        if (!text)
            scalars_.push_back(operand);
        else if (source.compare == comparison::cidr) {
            if (auto const parsed = network::parse(*text))
                networks_.push_back(*parsed);
        } else
            texts_.push_back(source.matching == condition::letter_case::ignored ? folded(*text) : std::string(*text));
    }
    std::ranges::sort(texts_);
    if (source.compare == comparison::pattern && source.expression)
        signs_ = needed_signs(source.expression->pcre_syntax());
}

truth predicate::test(subject& on, match_detail& found) const {
    switch (source_->kind) {
    case node::test:
        return test_leaf(on, found);
    case node::all_of: {
        auto result = truth::yes;
        for (auto const& child : children_) {
            auto const one = child.test(on, found);
            if (one == truth::no)
                return truth::no;
            if (one == truth::unknown)
                result = truth::unknown;
        }
        return result;
    }
    case node::any_of:
    case node::none_of: {
        auto result = truth::no;
        for (auto const& child : children_) {
            auto const one = child.test(on, found);
            if (one == truth::yes) {
                result = truth::yes;
                break;
            }
            if (one == truth::unknown)
                result = truth::unknown;
        }
        if (source_->kind == node::any_of || result == truth::unknown)
            return result;
        return as_truth(result == truth::no);
    }
    case node::command:
    case node::commands_in_order:
        return test_commands(on, found);
    case node::some:
        return test_some(on, found);
    case node::window:
    case node::never:
        break;
    }
    return truth::no;
}

truth predicate::test_some(subject& on, match_detail& found) const {
    auto result = truth::no;
    visit_elements(on.payload(), field_.keys, [&](boost::json::value const& element) {
        auto const* const object = element.if_object();
        if (!object)
            return false;
        subject::scope const inside(on, *object);
        auto const one = children_.front().test(on, found);
        if (one != truth::no)
            result = one;
        return one == truth::yes;
    });
    return result;
}

truth predicate::test_leaf(subject& on, match_detail& found) const {
    auto const open = on.open_to(number_);
    if (open == 0)
        return truth::no;
    if (source_->compare == comparison::exists) {
        bool const wanted = scalars_.empty() || !scalars_.front().is_bool() || scalars_.front().get_bool();
        return as_truth(exists(on) == wanted);
    }
    if (reads_anchor_) {
        auto const& text = *anchor(on.observed(), field_.keys.front());
        if (text.empty())
            return truth::no;
        if (source_->measured == condition::measure::length)
            return as_truth(test_length(boost::json::value(text)));
        if (is_text_comparison(source_->compare))
            return test_string(text, open, on, found);
        return test_element(boost::json::value(text), open, on, found);
    }
    if (source_->measured == condition::measure::length)
        return as_truth(visit_values(on.payload(), field_.keys,
                                     [&](boost::json::value const& value) { return test_length(value); }));

    std::optional<value_lookup> many;
    if (!other_.keys.empty() && has_many(on.observed(), field_) && has_many(on.observed(), other_)) {
        many.emplace();
        visit_elements(on.payload(), other_.keys, [&](boost::json::value const& each) {
            many->add(each);
            return false;
        });
        many->finish();
    }
    bool const every = source_->quantifier == condition::elements::all;
    bool asked = false;
    bool limited = false;
    bool const decided = visit_elements(on.payload(), field_.keys, [&](boost::json::value const& element) {
        asked = true;
        auto const one = many ? as_truth(many->contains(element) == (source_->compare == comparison::equals_field))
                              : test_element(element, open, on, found);
        limited = limited || one == truth::unknown;
        return one == (every ? truth::no : truth::yes);
    });
    if (decided)
        return as_truth(!every);
    if (limited)
        return truth::unknown;
    return as_truth(every && asked);
}

truth predicate::test_element(boost::json::value const& element, text_set open, subject& on,
                              match_detail& found) const {
    switch (source_->compare) {
    case comparison::equals:
    case comparison::one_of:
        if (!element.is_string())
            return as_truth(std::ranges::any_of(scalars_, [&](auto const& s) { return same_scalar(element, s); }));
        [[fallthrough]];
    case comparison::pattern:
    case comparison::contains:
    case comparison::starts_with:
    case comparison::ends_with:
        return element.is_string() ? test_string(element.get_string(), open, on, found) : truth::no;
    case comparison::cidr: {
        if (!element.is_string())
            return truth::no;
        auto const parsed = address::parse(element.get_string());
        return as_truth(parsed &&
                        std::ranges::any_of(networks_, [&](network const& n) { return n.contains(*parsed); }));
    }
    case comparison::greater_than:
    case comparison::at_least:
    case comparison::less_than:
    case comparison::at_most:
        return as_truth(test_number(element));
    case comparison::equals_field:
    case comparison::differs_from_field:
        return as_truth(test_other_field(element, on));
    case comparison::exists:
        break;
    }
    return truth::no;
}

truth predicate::test_string(std::string_view whole, text_set open, subject& on, match_detail& found) const {
    auto const looked_at = on.clipped(whole);
    if (!is_line_ || !on.is_command()) {
        // Comparing the ends of a text costs nothing, so its length does not matter.
        bool const scans = source_->compare == comparison::pattern || source_->compare == comparison::contains;
        found.truncated = found.truncated || (scans && looked_at.size() != whole.size());
        return test_text(scans ? looked_at : whole, on, found);
    }
    found.truncated = found.truncated || looked_at.size() != whole.size();
    auto& texts = on.texts_of(whole);
    auto const candidates = source_->shell == condition::shell_text::raw ? texts.typed() : texts.all();
    for (std::size_t i = 0; i != candidates.size(); ++i) {
        if ((open & command_texts::only(i)) == 0)
            continue;
        auto const& candidate = candidates[i];
        auto const one = test_text(candidate.value, on, found);
        if (one == truth::yes && !found.form)
            found.form = candidate.form;
        // A limit that was hit once would be hit again on every other text.
        if (one != truth::no)
            return one;
    }
    return truth::no;
}

truth predicate::test_text(std::string_view text, subject& on, match_detail& found) const {
    auto const hit = [&](std::string_view piece) {
        if (found.wanted == match_detail::depth::text)
            found.text = piece;
        return truth::yes;
    };
    if (source_->compare == comparison::pattern) {
        if (!signs_.may_hold(text))
            return truth::no;
        regex::span where;
        switch (source_->expression->search(text, on.allowed(), &where)) {
        case regex::outcome::match:
            return hit(text.substr(where.begin, where.end - where.begin));
        case regex::outcome::limit_hit:
            return truth::unknown;
        case regex::outcome::no_match:
            return truth::no;
        }
    }
    auto compared = text;
    // Shows the folded piece of a text that folding shortened.
    auto const hit_at = [&](std::size_t at, std::size_t size) {
        return hit((compared.size() == text.size() ? text : compared).substr(at, size));
    };
    if (source_->matching == condition::letter_case::ignored) {
        fold_letters(text, on.spare());
        compared = on.spare();
    }
    switch (source_->compare) {
    case comparison::contains:
        for (auto const& operand : texts_)
            if (auto const at = find_linear(compared, operand); at != std::string_view::npos)
                return hit_at(at, operand.size());
        return truth::no;
    case comparison::starts_with:
        for (auto const& operand : texts_)
            if (compared.starts_with(operand))
                return hit_at(0, operand.size());
        return truth::no;
    case comparison::ends_with:
        for (auto const& operand : texts_)
            if (compared.ends_with(operand))
                return hit_at(compared.size() - operand.size(), operand.size());
        return truth::no;
    default:
        return std::ranges::binary_search(texts_, compared) ? hit(text) : truth::no;
    }
}

bool predicate::test_number(boost::json::value const& number) const {
    return !scalars_.empty() && ordered_as(source_->compare, compare_numbers(number, scalars_.front()));
}

bool predicate::test_length(boost::json::value const& value) const {
    if (auto const* text = value.if_string())
        return test_number(static_cast<std::uint64_t>(characters(*text)));
    if (auto const* list = value.if_array())
        return test_number(static_cast<std::uint64_t>(list->size()));
    return false;
}

bool predicate::test_other_field(boost::json::value const& element, subject& on) const {
    bool present = false;
    auto const equal = [&](boost::json::value const& candidate) {
        present = true;
        auto const* const a = element.if_string();
        auto const* const b = candidate.if_string();
        return a && b ? *a == *b : same_scalar(element, candidate);
    };
    bool found = false;
    if (names_anchor(other_)) {
        auto const& text = *anchor(on.observed(), other_.keys.front());
        found = !text.empty() && equal(boost::json::value(text));
    } else {
        found = visit_elements(on.payload(), other_.keys, equal);
    }
    return source_->compare == comparison::equals_field ? found : present && !found;
}

bool predicate::exists(subject& on) const {
    if (reads_anchor_)
        return !anchor(on.observed(), field_.keys.front())->empty();
    return visit_values(on.payload(), field_.keys, [](auto const&) { return true; });
}

} // namespace rulehost
