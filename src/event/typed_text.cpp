#include "event/typed_text.hpp"

#include "text/utf8.hpp"

#include <rulehost/json_text.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace rulehost {

namespace {

// Members of evidence with a column of their own, or about how the match was found.
constexpr std::array<std::string_view, 8> not_typed{"src",     "src_ip",  "src_port", "matched_on",
                                                    "command", "reading", "window",   "truncated"};

std::string scalar_text(boost::json::value const& value) {
    if (auto const* const text = value.if_string())
        return {text->data(), text->size()};
    return json_text(value);
}

} // namespace

std::string typed_text(tag const& of, std::size_t limit) {
    return typed_text(of.evidence, limit);
}

std::string typed_text(boost::json::object const& fields, std::size_t limit) {
    if (auto const* const line = fields.if_contains("command_text"))
        return shortened(scalar_text(*line), limit);
    std::string text;
    for (auto const& [name, value] : fields) {
        if (text.size() > limit)
            break;
        if (std::ranges::find(not_typed, std::string_view(name)) == not_typed.end())
            text.append(text.empty() ? "" : " ").append(name).append("=").append(scalar_text(value));
    }
    return shortened(text, limit);
}

} // namespace rulehost
