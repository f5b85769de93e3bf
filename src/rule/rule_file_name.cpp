#include "rule/rule_file_name.hpp"

#include <string>

namespace rulehost {
namespace {

constexpr std::string_view plain_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";

/// `name` without `.yaml` or `.yml`; empty when it ends in neither.
std::string_view stem_of(std::string_view name) {
    for (std::string_view const ending : {".yaml", ".yml"})
        if (name.ends_with(ending))
            return name.substr(0, name.size() - ending.size());
    return {};
}

} // namespace

bool is_rule_file_name(std::string_view name) {
    auto const stem = stem_of(name);
    return !stem.empty() && stem.find_first_of(plain_letters) == 0 &&
        stem.find_first_not_of(std::string(plain_letters) + "-.") == std::string_view::npos;
}

bool yields_to_plain_names(std::string_view path) {
    auto const stem = stem_of(path.substr(path.rfind('/') + 1));
    return stem.empty() || stem.find_first_not_of(plain_letters) != std::string_view::npos;
}

} // namespace rulehost
