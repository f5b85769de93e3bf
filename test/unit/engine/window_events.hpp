#pragma once

#include <rulehost/engine.hpp>

#include "engine/window.hpp"
#include "support/live_engine.hpp"
#include "uuid/named_uuid.hpp"

#include "support/definitions.hpp"
#include "support/events.hpp"

#include <boost/test/unit_test.hpp>
#include <boost/uuid/uuid.hpp>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <thread>

namespace rulehost {

using test::make_event;
using test::noon;
using test::rule_matching;

using std::chrono::minutes;
using std::chrono::seconds;

namespace test {

inline correlation counting(std::size_t threshold, correlation::firing fires = correlation::firing::once_per_window) {
    correlation by;
    by.threshold = threshold;
    by.within = minutes{5};
    by.fires = fires;
    return by;
}

inline window_entry at(duration offset, std::uint32_t steps = 1) {
    static int observations = 0;
    return {noon + offset, content_uuid(std::to_string(++observations)), steps, {}, noon};
}

inline window_entry with_value(duration offset, std::uint8_t value) {
    auto entry = at(offset);
    entry.values.push_back(boost::uuids::uuid{{value}});
    return entry;
}

inline constexpr window_limits roomy{100, 100};

struct host_of_one : live_engine {
    bool fires(event const& e) { return !host.evaluate(e, noon).value().tags.empty(); }
    bool login(duration offset, std::string_view user = "root", std::string_view session = "s1") {
        auto e = make_event("auth_attempt", "{}", noon + offset);
        e.payload["username"] = user;
        e.session_id = session;
        return fires(e);
    }
};

inline constexpr std::string_view three_in_five_minutes =
    "{window: {count: {at_least: 3}, within: 5m, group_by: [attacker_uuid]}}";

} // namespace test

} // namespace rulehost
