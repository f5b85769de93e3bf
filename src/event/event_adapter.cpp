#include "event/event_adapter.hpp"

#include "text/member_path.hpp"
#include "text/number.hpp"

#include <rulehost/topic.hpp>

#include <algorithm>
#include <charconv>

namespace rulehost {

namespace {

std::string_view view(boost::json::string const& text) {
    return {text.data(), text.size()};
}

/// `Value` is const or not. Null for JSON's null.
template <class Value>
Value* present(Value* found) {
    return found && !found->is_null() ? found : nullptr;
}

/// The member at `path` when `first` is what its first key leads to.
template <class Value>
Value* behind(Value* first, member_path const& path) {
    auto* found = present(first);
    for (auto key = path.keys.begin() + 1; found && key != path.keys.end(); ++key) {
        auto* const object = found->if_object();
        found = object ? present(object->if_contains(*key)) : nullptr;
    }
    return found;
}

std::string whole_name(member_path const& path) {
    std::string name;
    for (auto const& key : path.keys)
        name += (name.empty() ? "" : ".") + key;
    return name;
}

void undo_python_bytes(boost::json::string& text) {
    if (text.size() >= 3 && (text.starts_with("b'") || text.starts_with("b\"")) && text.back() == text[1]) {
        text.erase(text.size() - 1, 1);
        text.erase(0, 2);
    }
}

void make_number(boost::json::value& value) {
    if (auto const number = parse_number<double>(view(value.get_string())))
        value = *number;
}

} // namespace

std::string to_text(member_path const& path) {
    return join_path(path.keys);
}

boost::json::value const* find_member(boost::json::object const& document, member_path const& path) {
    if (path.empty())
        return nullptr;
    auto const* const found = behind(document.if_contains(path.keys.front()), path);
    return found || path.keys.size() == 1 ? found : present(document.if_contains(whole_name(path)));
}

std::size_t member_names::number(std::string_view name) {
    return numbers_.try_emplace(std::string(name), numbers_.size()).first->second;
}

std::size_t member_names::find(std::string_view name) const {
    auto const found = numbers_.find(name);
    return found == numbers_.end() ? unknown : found->second;
}

known_members::known_members(member_names const& names, boost::json::object& document)
    : document_(&document), by_number_(names.size()) {
    numbers_.reserve(document.size());
    for (auto& member : document) {
        auto const number = names.find({member.key().data(), member.key().size()});
        numbers_.push_back(number);
        if (number != member_names::unknown)
            by_number_[number] = &member.value();
    }
}

boost::json::value* known_members::find(member_path const& path) const {
    if (path.empty())
        return nullptr;
    auto* const found = behind(by_number_[path.number], path);
    return found || path.keys.size() == 1 ? found : present(by_number_[path.whole_number]);
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

bool member_condition::holds(boost::json::value const* found) const {
    if (what == how::exists || !found)
        return found != nullptr;
    if (auto const* const string = found->if_string())
        return what == how::equals ? view(*string) == text : view(*string).starts_with(text);
    if (found->is_int64())
        return what == how::equals && number == found->get_int64();
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

void event_adapter::number_members() {
    auto const give = [this](member_path& path) {
        if (!path.empty())
            path.number = names.number(path.keys.front());
        if (path.keys.size() > 1)
            path.whole_number = names.number(whole_name(path));
    };
    for (auto* const path : {&named_by, &source_id})
        give(*path);
    std::ranges::for_each(times, give);
    for (auto* const sources : {&attacker_uuid, &identity_uuid, &session_id, &decky_id})
        for (auto& source : *sources)
            give(source.member);
    for (auto& recipe : events) {
        give(recipe.for_each);
        for (auto& each : recipe.when)
            give(each.member);
        for (auto* const paths : {&recipe.required, &recipe.id})
            std::ranges::for_each(*paths, give);
        for (auto& move : recipe.moves)
            give(move.from);
        for (auto const& each : recipe.leave_out)
            names.number(each);
    }
    for (auto& recipe : events) {
        recipe.fates.assign(names.size(), event_recipe::kept);
        for (auto const& each : recipe.leave_out)
            recipe.fates[names.find(each)] = event_recipe::left_out;
        for (std::size_t i = 0; i != recipe.moves.size(); ++i)
            recipe.fates[recipe.moves[i].from.top_level()] = static_cast<int>(i);
    }
}

void event_adapter::add_payload_fields(std::vector<std::string>& to) const {
    for (auto const& recipe : events) {
        auto const add = [&](member_path const& path) {
            if (!path.empty() && recipe.fate(path.number) == event_recipe::kept)
                to.push_back(path.keys.front());
        };
        for (auto const& each : recipe.when)
            add(each.member);
        for (auto const* const paths : {&recipe.required, &recipe.id})
            std::ranges::for_each(*paths, add);
        for (auto const& move : recipe.moves) {
            add(move.from);
            to.push_back(move.to);
        }
        for (auto const& [field, value] : recipe.add)
            to.push_back(field);
        to.insert(to.end(), recipe.with.begin(), recipe.with.end());
    }
}

bool event_adapter::recognises(boost::json::object const& document) const {
    return std::ranges::any_of(recognise, [&](auto const& conditions) {
        return std::ranges::all_of(
            conditions, [&](member_condition const& each) { return each.holds(find_member(document, each.member)); });
    });
}

bool event_adapter::takes(std::string_view topic,
                          std::vector<std::pair<std::string_view, std::string_view>>& tokens) const {
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
