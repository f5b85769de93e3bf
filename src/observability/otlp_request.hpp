#pragma once

#include "http/http_poster.hpp"

#include <rulehost/time_point.hpp>
#include <rulehost/tracer.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rulehost {

/// The process that spans are made in.
struct otlp_resource {
    std::string version;
    std::string instance;
};

/// Reads `http://HOST[:PORT][/PATH]`. Throws std::invalid_argument.
http_target parse_collector(std::string const& text);

struct finished_span {
    span_id id;
    span_id parent;
    std::string name;
    time_point began;
    time_point ended;
    std::vector<std::pair<std::string, std::variant<std::string, std::int64_t, double, bool>>> attributes;
};

/// The spans as OTLP in its JSON form.
std::string request_body(std::vector<finished_span> const& spans, otlp_resource const& resource);

/// Delay of a `Retry-After`, bounded; empty when it cannot be read.
std::optional<duration> pause_asked_for(std::string const& text, time_point now);

/// Whether a collector that answers so is to get the request again: it is away, or busy.
bool wants_a_retry(http_answer const& answer);

/// Spans of an accepted request that were not taken.
std::uint64_t rejected_spans(http_answer const& answer);

} // namespace rulehost
