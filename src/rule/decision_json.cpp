#include "rule/decision_json.hpp"

#include <array>
#include <charconv>
#include <cstddef>

namespace rulehost {

boost::json::value exact_number(std::optional<double> number) {
    if (!number)
        return nullptr;
    std::array<char, 32> digits{};
    auto const [end, problem] = std::to_chars(digits.data(), digits.data() + digits.size(), *number);
    return boost::json::string(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

boost::json::object to_exact_json(decision const& made) {
    auto object = to_json(made);
    object["confidence_max"] = exact_number(made.confidence_max);
    return object;
}

} // namespace rulehost
