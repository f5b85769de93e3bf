#include "match/value/value_lookup.hpp"

#include <algorithm>
#include <functional>

namespace rulehost {

value_lookup::number value_lookup::number_from(boost::json::value const& value) {
    if (auto const* const whole = value.if_int64())
        return {static_cast<double>(*whole), true, static_cast<std::uint64_t>(*whole)};
    if (auto const* const whole = value.if_uint64())
        return {static_cast<double>(*whole), true, *whole};
    return {value.get_double(), false, 0};
}

void value_lookup::add(boost::json::value const& each) {
    if (each.is_string())
        texts_.emplace_back(each.get_string());
    else if (each.is_number())
        numbers_.push_back(number_from(each));
    else if (each.is_bool())
        (each.get_bool() ? has_true_ : has_false_) = true;
}

void value_lookup::finish() {
    std::ranges::sort(texts_);
    std::ranges::sort(numbers_, std::less<>());
}

bool value_lookup::contains(boost::json::value const& value) const {
    if (value.is_string())
        return std::ranges::binary_search(texts_, std::string_view(value.get_string()));
    if (value.is_bool())
        return value.get_bool() ? has_true_ : has_false_;
    if (!value.is_number())
        return false;
    auto const wanted = number_from(value);
    auto const first = std::ranges::lower_bound(numbers_, wanted.value, {}, &number::value);
    if (first == numbers_.end() || first->value != wanted.value)
        return false;
    // Fractions come first.
    return !wanted.is_whole || !first->is_whole || std::ranges::binary_search(numbers_, wanted, std::less<>());
}

} // namespace rulehost
