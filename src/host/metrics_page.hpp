#pragma once

#include "host/duration_histogram.hpp"
#include "host/metrics_text.hpp"
#include "host/tag_writer.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/time_point.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace rulehost {

/// How near the live rules are to the rules that were meant. A value, kept by whoever follows the store.
struct rule_freshness {
    bool complete = false;                 ///< every rule was loaded at least once
    std::size_t quarantined = 0;           ///< texts that are not live
    std::optional<time_point> stale_since; ///< empty while the store answers
    duration_histogram propagation;        ///< from the commit of a change to its first evaluation
};

// Each writes the families of what it is given, read at this moment.

void write_build(metrics_text& page, std::string_view version, time_point started);
void write_engine(metrics_text& page, engine const& rules);
void write_freshness(metrics_text& page, rule_freshness const& freshness);
void write_tag_writer(metrics_text& page, tag_writer::statistics const& counts);

} // namespace rulehost
