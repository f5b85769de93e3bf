#include "cli/history_record.hpp"

#include <boost/json/parse.hpp>

#include <string_view>

namespace rulehost::cli {

namespace {

boost::json::value parsed_detail(history_entry const& entry) {
    if (entry.detail.empty())
        return nullptr;
    boost::system::error_code malformed;
    auto value = boost::json::parse(entry.detail, malformed);
    return malformed ? boost::json::value(entry.detail) : value;
}

std::string member(boost::json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

} // namespace

boost::json::object record_of(history_entry const& entry) {
    return {{"revision", entry.revision},
            {"rule_id", entry.rule_id},
            {"kind", entry.kind},
            {"changed_at", format_time(entry.changed_at)},
            {"changed_by", entry.changed_by},
            {"detail", parsed_detail(entry)}};
}

std::string summary_of(history_entry const& entry) {
    auto const detail = parsed_detail(entry);
    if (!detail.is_object())
        return entry.kind == "state" ? "cleared" : entry.kind == "expiry" ? "back to the default" : "";
    auto const& object = detail.get_object();
    if (entry.kind == "definition")
        return member(object, "source_path");
    auto out = member(object, "state");
    if (auto const limit = member(object, "confidence_max"); !limit.empty())
        out += " to " + limit;
    if (auto const end = member(object, "expires_at"); !end.empty())
        out += " until " + end;
    if (auto const reason = member(object, "reason"); !reason.empty())
        out += ": " + reason;
    return out;
}

} // namespace rulehost::cli
