#include "event/document_fields.hpp"

#include <rulehost/event_reader.hpp>

#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

namespace rulehost {

namespace {

/// 9999-12-31: the limit of every time format and database.
constexpr double latest_instant = 253'402'214'400.0;

bool is_control_character(char c) {
    auto const byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}

} // namespace

boost::json::value* document_fields::find(std::string_view name, presence needed) {
    auto* const found = document_.if_contains(name);
    if (found && !found->is_null())
        return found;
    if (needed == presence::required)
        refuse(std::string(name) + " is missing");
    return nullptr;
}

std::string read_identifier(boost::json::value const& value, std::string& into) {
    into.clear();
    if (auto const* const text = value.if_string()) {
        into.assign(text->data(), text->size());
    } else if (value.is_int64() || value.is_uint64()) {
        char digits[24];
        auto const end = value.is_int64() ? std::to_chars(digits, digits + sizeof digits, value.get_int64())
                                          : std::to_chars(digits, digits + sizeof digits, value.get_uint64());
        into.assign(digits, end.ptr);
    } else {
        return " is not a text";
    }
    if (into.size() > event_reader::max_identifier_length)
        return " is longer than " + std::to_string(event_reader::max_identifier_length) + " bytes";
    if (std::ranges::any_of(into, is_control_character))
        return " holds a control character";
    return {};
}

std::string read_instant(boost::json::value const& value, double unit, std::chrono::minutes zone,
                         std::optional<time_point>& into) {
    if (auto const* const text = value.if_string()) {
        auto const parsed = parse_time({text->data(), text->size()}, zone);
        if (!parsed)
            return " is not a time";
        into = *parsed;
        return {};
    }
    boost::system::error_code problem;
    auto const seconds = value.to_number<double>(problem) * unit;
    if (problem || !(seconds >= 0 && seconds <= latest_instant))
        return " is not a time";
    into = time_point(duration(std::llround(seconds * 1e6)));
    return {};
}

void document_fields::identifier(std::string_view name, presence needed, std::string& into) {
    into.clear();
    auto const* const found = find(name, needed);
    if (!found)
        return;
    if (auto const problem = read_identifier(*found, into); !problem.empty())
        refuse(std::string(name) + problem);
    else if (into.empty() && needed == presence::required)
        refuse(std::string(name) + " is empty");
}

void document_fields::instant(std::string_view name, std::optional<time_point>& into) {
    auto const* const found = find(name, presence::optional);
    if (!found)
        return;
    if (auto const problem = read_instant(*found, 1, {}, into); !problem.empty())
        refuse(std::string(name) + problem);
}

std::string_view document_fields::text(std::string_view name, presence needed) {
    auto const* const found = find(name, needed);
    if (!found)
        return {};
    auto const* const text = found->if_string();
    if (!text) {
        refuse(std::string(name) + " is not a text");
        return {};
    }
    return {text->data(), text->size()};
}

boost::json::object* document_fields::object(std::string_view name, presence needed) {
    auto* const found = find(name, needed);
    if (!found)
        return nullptr;
    auto* const object = found->if_object();
    if (!object)
        refuse(std::string(name) + " is not an object");
    return object;
}

void document_fields::refuse(std::string reason) {
    if (problem_.empty())
        problem_ = std::move(reason);
}

} // namespace rulehost
