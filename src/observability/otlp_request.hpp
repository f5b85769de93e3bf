#pragma once

#include "http/http_poster.hpp"

#include <rulehost/time_point.hpp>
#include <rulehost/tracer.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rulehost {

/// The process that spans belong to.
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

/// Whether a request with this answer is to be retried: the collector is away or busy.
bool wants_a_retry(http_answer const& answer);

/// Number of rejected spans of an accepted request.
std::uint64_t rejected_spans(http_answer const& answer);

} // namespace rulehost
