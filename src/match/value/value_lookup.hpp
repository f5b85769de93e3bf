#pragma once

#include <boost/json/value.hpp>

#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

namespace rulehost {

/// A set of the values of a field, searched for those of another one. Both may be as long as an attacker makes them:
/// comparing each with each would take minutes.
class value_lookup {
public:
    void add(boost::json::value const& each); ///< which outlives this
    void finish();                            ///< between the last `add` and the first question

    /// Whether one of them is the same text, truth value or number, whatever JSON spelt that as.
    bool contains(boost::json::value const& value) const;

private:
    /// Integers beyond the precision of a double may differ although they equal the same double.
    struct number {
        double value;
        bool is_whole;
        std::uint64_t digits; ///< of a whole one

        auto operator<=>(number const&) const = default;
    };

    static number number_from(boost::json::value const& value);

    std::vector<std::string_view> texts_;
    std::vector<number> numbers_;
    bool has_true_ = false;
    bool has_false_ = false;
};

} // namespace rulehost
