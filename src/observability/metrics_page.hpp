#pragma once

#include "observability/admin_server.hpp"
#include "observability/metrics_text.hpp"
#include "observability/otlp_tracer.hpp"

#include <rulehost/engine.hpp>
#include <rulehost/host_statistics.hpp>
#include <rulehost/time_point.hpp>

#include <string_view>

namespace rulehost {

// Each writes the metric families of its argument, with the current values. None holds text of an event.

void write_build(metrics_text& page, std::string_view version, time_point started);
void write_engine(metrics_text& page, engine const& rules, time_point now);
void write_host(metrics_text& page, host_statistics const& counts);
void write_admin(metrics_text& page, admin_server::statistics const& counts);
void write_tracer(metrics_text& page, otlp_tracer::statistics const& counts);

} // namespace rulehost
