#include "rule/rule_id.hpp"

namespace rulehost {
namespace {

constexpr std::size_t max_rule_id_length = 128;

} // namespace

bool is_rule_id(std::string_view text) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    return !text.empty() && text.size() <= max_rule_id_length &&
        text.find_first_not_of(letters) == std::string_view::npos;
}

std::optional<claimed_id> find_rule_id(document_text document) {
    for (auto const& [word, where] : find_words(document, "rule_id"))
        if (is_rule_id(word))
            return claimed_id{std::string(word), where};
    return std::nullopt;
}

} // namespace rulehost
