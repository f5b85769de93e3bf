#include "input/file_place.hpp"

#include "event/deterministic_uuid.hpp"

#include <rulehost/json_text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace rulehost {

namespace json = boost::json;

namespace {

enum class depth { current, finished };

json::object to_object(file_place const& place) {
    json::object object;
    object["device"] = place.device;
    object["inode"] = place.inode;
    if (place.born != 0)
        object["born"] = place.born;
    object["offset"] = place.offset;
    object["line"] = place.line;
    object["before"] = place.before;
    object["head"] = place.head;
    if (!place.tail.empty())
        object["tail"] = place.tail;
    if (place.size > 0)
        object["size"] = place.size;
    if (place.modified != 0)
        object["modified"] = place.modified;
    if (!place.path.empty() && place.path.size() <= file_place::max_path_bytes)
        object["path"] = place.path;
    return object;
}

template <class Number>
std::optional<Number> number_in(json::object const& object, char const* name) {
    auto const* const value = object.if_contains(name);
    if (value == nullptr || !value->is_number())
        return {};
    boost::system::error_code inexact;
    auto const result = value->to_number<Number>(inexact);
    return inexact ? std::nullopt : std::optional(result);
}

std::string text_in(json::object const& object, char const* name) {
    auto const* const value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<file_place> place_in(json::object const& object, depth where) {
    auto const device = number_in<std::uint64_t>(object, "device");
    auto const inode = number_in<std::uint64_t>(object, "inode");
    auto const offset = number_in<std::uint64_t>(object, "offset");
    auto const line = number_in<std::uint64_t>(object, "line");
    auto const* const head = object.if_contains("head");
    if (!device || !inode || !offset || !line || head == nullptr || !head->is_string())
        return {};
    file_place place;
    place.device = *device;
    place.inode = *inode;
    place.offset = *offset;
    place.line = *line;
    place.head = text_in(object, "head");
    place.before = number_in<std::uint64_t>(object, "before").value_or(0); // earlier versions lack these members
    place.size = number_in<std::uint64_t>(object, "size").value_or(0);
    place.modified = number_in<std::int64_t>(object, "modified").value_or(0);
    place.born = number_in<std::int64_t>(object, "born").value_or(0);
    place.tail = text_in(object, "tail");
    place.path = text_in(object, "path");
    auto const* const finished = object.if_contains("finished");
    if (where == depth::finished || finished == nullptr || !finished->is_array())
        return place;
    for (auto const& each : finished->get_array()) {
        auto known = each.is_object() ? place_in(each.get_object(), depth::finished) : std::nullopt;
        if (known && place.finished.size() < file_place::max_finished)
            place.finished.push_back(std::move(*known));
    }
    return place;
}

} // namespace

std::string file_print(std::string_view content) {
    return event_uuid({"file", content});
}

std::string to_text(file_place const& place) {
    auto object = to_object(place);
    json::array finished;
    for (auto const& each : place.finished) {
        auto known = to_object(each);
        known.erase("path");
        finished.push_back(std::move(known));
    }
    if (!finished.empty())
        object["finished"] = std::move(finished);
    return json_text(object);
}

std::optional<file_place> file_place_from(std::string_view text) {
    boost::system::error_code malformed;
    auto const parsed = json::parse({text.data(), text.size()}, malformed);
    auto const* const object = malformed ? nullptr : parsed.if_object();
    if (object == nullptr)
        return {};
    return place_in(*object, depth::current);
}

} // namespace rulehost
