#pragma once

#include <rulehost/event.hpp>

#include <boost/json/parse.hpp>

#include <atomic>
#include <string>
#include <string_view>

namespace rulehost::test {

inline constexpr time_point noon{std::chrono::sys_days{std::chrono::January / 1 / 2026} + std::chrono::hours{12}};

/// An event of one attacker; `payload` is JSON.
inline event make_event(std::string_view source_kind, std::string_view payload, time_point observed_at = noon) {
    static std::atomic<int> number{0}; // tests make events on several threads
    event e;
    e.source_kind = source_kind;
    e.source_id = "event_" + std::to_string(++number);
    e.attacker_uuid = "11111111-1111-5111-8111-111111111111";
    e.observed_at = observed_at;
    e.payload = boost::json::parse(payload).as_object();
    return e;
}

inline event command(std::string_view line) {
    auto e = make_event("command", "{}");
    e.payload["command_text"] = line;
    return e;
}

} // namespace rulehost::test
