#include "host/file_place.hpp"

#include "event/deterministic_uuid.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace rulehost {

namespace json = boost::json;

std::string file_head(std::string_view front) {
    return event_uuid({"file", front.substr(0, file_place::head_bytes)});
}

std::string to_text(file_place const& place) {
    json::object object;
    object["device"] = place.device;
    object["inode"] = place.inode;
    object["offset"] = place.offset;
    object["line"] = place.line;
    object["before"] = place.before;
    object["head"] = place.head;
    return json_text(object);
}

std::optional<file_place> file_place_from(std::string_view text) {
    boost::system::error_code malformed;
    auto const parsed = json::parse({text.data(), text.size()}, malformed);
    auto const* const object = malformed ? nullptr : parsed.if_object();
    if (object == nullptr)
        return {};
    auto const number = [object](char const* name) -> std::optional<std::uint64_t> {
        auto const* const value = object->if_contains(name);
        if (value == nullptr || !value->is_number())
            return {};
        boost::system::error_code inexact;
        auto const result = value->to_number<std::uint64_t>(inexact);
        return inexact ? std::nullopt : std::optional(result);
    };
    auto const device = number("device");
    auto const inode = number("inode");
    auto const offset = number("offset");
    auto const line = number("line");
    auto const* const head = object->if_contains("head");
    if (!device || !inode || !offset || !line || head == nullptr || !head->is_string())
        return {};
    file_place place;
    place.device = *device;
    place.inode = *inode;
    place.offset = *offset;
    place.line = *line;
    place.before = number("before").value_or(0); // places of an earlier version have none
    place.head = head->get_string().c_str();
    return place;
}

} // namespace rulehost
