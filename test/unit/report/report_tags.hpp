#pragma once

#include "report/report_data.hpp"
#include "support/tags.hpp"

#include <chrono>
#include <string>

namespace rulehost::test {

inline constexpr time_point report_start{std::chrono::seconds{1'767'225'600}};

/// A tag of a session, seconds after the start.
inline tag seen_tag(std::string session, int seconds, std::string typed = "id", std::string tactic = "TA0002",
                    std::string technique = "T1059", std::string sub_technique = "T1059.004") {
    auto made = make_tag("e" + session + std::to_string(seconds), std::move(technique), std::move(sub_technique));
    made.observed_at = report_start + std::chrono::seconds{seconds};
    made.tactic = std::move(tactic);
    made.session_id = std::move(session);
    made.src_ip = "203.0.113.5";
    made.decky_id = "pot1";
    made.evidence["command_text"] = std::move(typed);
    return made;
}

inline void add(report_data& data, tag const& seen) {
    data.add(seen, *seen.observed_at);
}

} // namespace rulehost::test
