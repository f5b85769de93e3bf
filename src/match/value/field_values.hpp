#pragma once

#include <rulehost/event.hpp>
#include <rulehost/rule_definition.hpp>

#include <boost/json/value.hpp>

#include <span>
#include <string>

namespace rulehost {

/// Whether `path` reads an anchor of the event instead of its payload.
bool names_anchor(field_path const& path);

/// Calls `visit` with each value at `keys` below `from`, until one call returns true; returns whether
/// one did. Descends into each object of a list on the way. A null counts as missing. The value at the end is
/// passed unchanged, a list as a list.
template <typename Visit>
bool visit_values(boost::json::object const& from, std::span<std::string const> keys, Visit&& visit) {
    auto const found = from.find(keys.front());
    if (found == from.end() || found->value().is_null())
        return false;
    auto const rest = keys.subspan(1);
    auto const& value = found->value();
    if (rest.empty())
        return visit(value);
    if (auto const* object = value.if_object())
        return visit_values(*object, rest, visit);
    if (auto const* list = value.if_array())
        for (auto const& element : *list)
            if (auto const* object = element.if_object(); object && visit_values(*object, rest, visit))
                return true;
    return false;
}

/// As above, but passes a list at the end element by element, without nulls.
template <typename Visit>
bool visit_elements(boost::json::object const& from, std::span<std::string const> keys, Visit&& visit) {
    return visit_values(from, keys, [&](boost::json::value const& value) {
        auto const* list = value.if_array();
        if (!list)
            return visit(value);
        for (auto const& element : *list)
            if (!element.is_null() && visit(element))
                return true;
        return false;
    });
}

/// The value as text when it is a string, number or boolean; else empty. Used for grouping and tables.
std::string scalar_text(boost::json::value const& value);

} // namespace rulehost
