#include "output/tag_texts.hpp"

#include "event/sortable_address.hpp"
#include "text/utf8.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/json_text.hpp>

#include <boost/json/value.hpp>

namespace rulehost {

std::string address_of(tag const& about) {
    return sortable_address(about.src_ip).empty() ? std::string() : about.src_ip.substr(0, about.src_ip.find('%'));
}

time_point happened_at(tag const& about) {
    return about.observed_at.value_or(about.created_at);
}

std::string headline(tag const& about) {
    return technique_of(about) + (about.technique_name.empty() ? "" : " " + about.technique_name) + " (" +
        json_text(boost::json::value(about.confidence)) + ")";
}

tag_level level_of(tag const& about) {
    return about.confidence >= 0.7 ? tag_level::warning
        : about.confidence >= 0.5  ? tag_level::notice
                                   : tag_level::informational;
}

std::string visible(std::string_view text, std::size_t limit) {
    return shortened(escape_for_terminal(text), limit);
}

std::string relayed(std::string_view text, std::size_t limit) {
    std::string safe;
    auto const shown = visible(text, limit);
    for (std::size_t at = 0; at < shown.size(); ++at) {
        auto const c = shown[at];
        if (c == '<')
            safe += "\\x3c";
        else if (c == '@')
            safe += "\\x40";
        else if (c == ']' && shown.substr(at + 1, 1) == "(")
            safe += "\\x5d";
        else
            safe += c;
    }
    return safe;
}

} // namespace rulehost
