#include "cli/store/history_record.hpp"

#include "cli/state/state_text.hpp"
#include "rule/rule_state_json.hpp"
#include "text/number.hpp"
#include "time/whole_seconds.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rulehost::cli {

namespace {

/// Reads the time format of any database; all are in UTC.
void rewrite_time(boost::json::object& object, std::string_view key) {
    auto* const value = object.if_contains(key);
    if (!value || !value->is_string())
        return;
    if (auto const time = parse_time(std::string_view{value->get_string()}))
        *value = format_time(*time);
}

/// The history holds numbers as text, with every digit.
void rewrite_number(boost::json::object& object, std::string_view key) {
    auto* const value = object.if_contains(key);
    if (!value || !value->is_string())
        return;
    if (auto const number = parse_number<double>(value->get_string()))
        *value = *number;
}

/// Unset fields are null, as in `to_json(rule_state)`.
void rewrite_text(boost::json::object& object, std::string_view key) {
    auto* const value = object.if_contains(key);
    if (value && value->is_string() && value->get_string().empty())
        *value = nullptr;
}

/// The history holds lists as their text.
void rewrite_list(boost::json::object& object, std::string_view key) {
    auto* const value = object.if_contains(key);
    if (!value || !value->is_string())
        return;
    boost::system::error_code malformed;
    if (auto list = boost::json::parse(value->get_string(), malformed); !malformed && list.is_array())
        *value = std::move(list);
}

boost::json::value parsed_detail(history_entry const& entry) {
    if (entry.detail.empty())
        return nullptr;
    boost::system::error_code malformed;
    auto value = boost::json::parse(entry.detail, malformed);
    if (malformed)
        return boost::json::value(entry.detail);
    if (auto* const object = value.if_object()) {
        for (auto const key : {"expires_at", "starts_at", "ends_at", "set_at"})
            rewrite_time(*object, key);
        rewrite_number(*object, "confidence_max");
        for (auto const key : {"reason", "set_by", "ticket"})
            rewrite_text(*object, key);
        for (auto const key : {"rules", "scope"})
            rewrite_list(*object, key);
    }
    return value;
}

} // namespace

std::string text_in(boost::json::value const& detail, std::string_view name) {
    auto const* const object = detail.if_object();
    auto const* const value = object ? object->if_contains(name) : nullptr;
    return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

boost::json::object record_of(history_entry const& entry) {
    return {{"revision", entry.revision},
            {"rule_id", entry.rule_id},
            {"kind", entry.kind},
            {"changed_at", format_time(entry.changed_at)},
            {"changed_by", entry.changed_by},
            {"detail", parsed_detail(entry)}};
}

boost::asio::awaitable<void> for_each_change(database_rule_store& store, std::string rule_id, revision after,
                                             std::function<void(history_entry const&)> act) {
    constexpr std::size_t page_size = 1000;
    for (;;) {
        auto const page = co_await store.history(rule_id, after, page_size);
        std::ranges::for_each(page, act);
        if (page.size() < page_size)
            co_return;
        after = page.back().revision;
    }
}

boost::asio::awaitable<revision> revision_of_clearing(database_rule_store& store, std::string rule_id, revision after) {
    revision found = 0;
    auto note = [&found](history_entry const& entry) {
        if (entry.kind == "state" && entry.detail.empty())
            found = entry.revision;
    };
    co_await for_each_change(store, std::move(rule_id), after, std::move(note));
    co_return found;
}

std::optional<decision> decision_of(history_entry const& entry) {
    auto const detail = parsed_detail(entry);
    auto const* const object = detail.if_object();
    if (!object)
        return {};
    if (entry.kind == "decision") {
        try {
            auto made = decision_from(*object);
            made.id = parse_number<decision_id>(entry.rule_id).value_or(entry.revision);
            return made;
        } catch (std::invalid_argument const&) {
            return {};
        }
    }
    if (entry.kind != "state")
        return {};
    auto of_rule = *object;
    of_rule["revision"] = entry.revision;
    try {
        return as_decision(entry.rule_id, rule_state_from_json(of_rule));
    } catch (std::exception const&) { // somebody wrote the row by hand
        return {};
    }
}

std::string summary_of(history_entry const& entry) {
    auto const detail = parsed_detail(entry);
    if (!detail.is_object())
        return entry.kind == "state"          ? "cleared"
            : entry.kind == "expiry"          ? "back to the default"
            : entry.kind == "list"            ? "deleted"
            : entry.kind == "decision"        ? "ended"
            : entry.kind == "decision_expiry" ? "reached its end"
                                              : "";
    if (entry.kind == "decision") {
        auto const made = decision_of(entry);
        return made ? rulehost::summary_of(*made) : "";
    }
    if (entry.kind == "definition")
        return text_in(detail, "source_path");
    if (entry.kind == "list")
        return text_in(detail, "list_values");
    auto out = text_in(detail, "state");
    if (auto const* const limit = detail.get_object().if_contains("confidence_max"); limit && limit->is_double()) {
        rule_state clipped(rule_status::clipped);
        clipped.confidence_max = limit->get_double();
        out = state_text(clipped);
    }
    if (auto const end = text_in(detail, "expires_at"); !end.empty()) {
        auto const at = parse_time(end);
        out += " until " + (at ? whole_seconds(*at) : end);
    }
    if (auto const reason = text_in(detail, "reason"); !reason.empty())
        out += ": " + reason;
    return out;
}

} // namespace rulehost::cli
