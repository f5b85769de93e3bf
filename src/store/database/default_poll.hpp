#pragma once

#include "sql/session/database_url.hpp"

#include <rulehost/time_point.hpp>

#include <chrono>

namespace rulehost {

/// Default poll interval of a database; a safety net if it notifies.
inline duration default_poll(database_kind kind) {
    using namespace std::chrono_literals;
    switch (kind) {
    case database_kind::sqlite:
        return 50ms;
    case database_kind::postgresql:
        return 5s;
    case database_kind::mysql:
        return 250ms;
    }
    return 250ms;
}

} // namespace rulehost
