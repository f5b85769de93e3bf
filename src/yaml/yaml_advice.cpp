#include "yaml/yaml_advice.hpp"

#include <optional>
#include <utility>

namespace rulehost {
namespace {

constexpr std::string_view blanks = " \t\r";

/// Line `number` of `text`, from 1; empty after its end.
std::string_view line_of(std::string_view text, std::size_t number) {
    for (; number > 1; --number) {
        auto const end = text.find('\n');
        if (end == std::string_view::npos)
            return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

/// Column of the first tab in an indentation, from 1.
std::optional<std::size_t> indenting_tab(std::string_view line) {
    auto const first = line.find_first_not_of(blanks);
    auto const tab = line.find('\t');
    if (first == std::string_view::npos || tab == std::string_view::npos || tab > first)
        return std::nullopt;
    return tab + 1;
}

/// Offset of the plain text after the first key of `line`; empty without a key or plain text.
std::optional<std::size_t> plain_value(std::string_view line) {
    auto const colon = line.find(": ");
    auto const begin = colon == std::string_view::npos ? colon : line.find_first_not_of(' ', colon + 1);
    if (begin == std::string_view::npos || std::string_view("'\"[{|>&*!#").find(line[begin]) != std::string_view::npos)
        return std::nullopt;
    return begin;
}

} // namespace

yaml_advice advice_on(std::string_view text, position where, std::string message) {
    yaml_advice const as_it_is{std::move(message), {}, where};
    if (where.line == 0)
        return as_it_is;
    auto const line = line_of(text, where.line);
    if (auto const tab = indenting_tab(line))
        return {"a tab cannot indent; use spaces", {}, {where.line, *tab}};
    if (as_it_is.message.starts_with("unknown escape character")) {
        return {as_it_is.message, "in double quotes \\ starts an escape of YAML; write the text in single quotes",
                where};
    }
    if (as_it_is.message != "illegal map value")
        return as_it_is;
    if (auto const begin = plain_value(line); begin && *begin + 1 < where.column)
        return {"a colon and a space inside plain text", "put the text in quotes", where};
    auto const above = where.line > 1 ? line_of(text, where.line - 1) : std::string_view();
    if (plain_value(above) && line.find_first_not_of(' ') > above.find_first_not_of(' ')) {
        return {"this line continues the text above it, and holds a colon",
                "a key is indented like the key above it; quote a text with a colon", where};
    }
    return as_it_is;
}

} // namespace rulehost
