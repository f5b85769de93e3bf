#include "event/event_adapter.hpp"

#include <rulehost/topic.hpp>

#include <algorithm>
#include <charconv>

namespace rulehost {

namespace {

std::string_view view(boost::json::string const& text) {
    return {text.data(), text.size()};
}

void undo_python_bytes(boost::json::string& text) {
    if (text.size() >= 3 && (text.starts_with("b'") || text.starts_with("b\"")) && text.back() == text[1]) {
        text.erase(text.size() - 1, 1);
        text.erase(0, 2);
    }
}

void make_number(boost::json::value& value) {
    auto const text = view(value.get_string());
    double number = 0;
    auto const parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size())
        value = number;
}

} // namespace

std::string to_text(member_path const& path) {
    std::string text;
    for (auto const& key : path)
        text += (text.empty() ? "" : ".") + key;
    return text;
}

boost::json::value* find_member(boost::json::object& document, member_path const& path) {
    auto* object = &document;
    for (auto key = path.begin(); key != path.end(); ++key) {
        auto* const found = object->if_contains(*key);
        if (!found || found->is_null())
            return nullptr;
        if (key + 1 == path.end())
            return found;
        object = found->if_object();
        if (!object)
            return nullptr;
    }
    return nullptr;
}

std::string text_of_scalar(boost::json::value const& value) {
    switch (value.kind()) {
    case boost::json::kind::string:
        return std::string(view(value.get_string()));
    case boost::json::kind::int64:
        return std::to_string(value.get_int64());
    case boost::json::kind::uint64:
        return std::to_string(value.get_uint64());
    case boost::json::kind::bool_:
        return value.get_bool() ? "true" : "false";
    case boost::json::kind::double_: {
        char digits[32];
        return {digits, std::to_chars(digits, digits + sizeof digits, value.get_double()).ptr};
    }
    default:
        return {};
    }
}

bool member_condition::holds(boost::json::object& document) const {
    auto const* const found = find_member(document, member);
    if (what == how::exists || !found)
        return found != nullptr;
    if (auto const* const string = found->if_string())
        return what == how::equals ? view(*string) == text : view(*string).starts_with(text);
    return what == how::equals && !found->is_structured() && text_of_scalar(*found) == text;
}

void apply(transform how, boost::json::value& value) {
    if (how == transform::number && value.is_string())
        make_number(value);
    else if (how == transform::python_bytes && value.is_string())
        undo_python_bytes(value.get_string());
    else if (how == transform::list && !value.is_array())
        value = boost::json::array({std::move(value)}, value.storage());
}

bool event_adapter::recognises(boost::json::object& document) const {
    return !recognise.empty() &&
           std::ranges::all_of(recognise, [&](member_condition const& each) { return each.holds(document); });
}

bool event_adapter::takes(std::string_view topic, std::vector<std::pair<std::string_view, std::string_view>>& tokens) const {
    for (std::string_view pattern : topics) {
        tokens.clear();
        auto rest = topic;
        bool same = true;
        while (same && !pattern.empty() && !rest.empty()) {
            auto const wanted = take_topic_token(pattern);
            auto const token = take_topic_token(rest);
            if (wanted.starts_with('{'))
                tokens.emplace_back(wanted.substr(1, wanted.size() - 2), token);
            else
                same = wanted == token;
        }
        if (same && pattern.empty() && rest.empty())
            return true;
    }
    tokens.clear();
    return false;
}

} // namespace rulehost
