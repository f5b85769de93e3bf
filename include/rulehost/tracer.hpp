#pragma once

#include <rulehost/time_point.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

namespace rulehost {

/// Names a span within a trace. All zero: none.
struct span_id {
    std::uint64_t trace_high = 0;
    std::uint64_t trace_low = 0;
    std::uint64_t span = 0;
};

using span_attribute = std::pair<std::string_view, std::variant<std::string_view, std::int64_t, double, bool>>;

/// Where finished spans go. Whoever traces holds a pointer to one; null is off and costs nothing but the comparison.
/// Attributes never hold payload text. Safe from any thread.
class tracer {
public:
    tracer() = default;
    tracer(tracer const&) = delete;
    tracer& operator=(tracer const&) = delete;
    virtual ~tracer() = default;

    /// An id for a span that begins now; `parent` all zero begins a trace.
    virtual span_id begin(span_id parent) = 0;

    /// Records a span that has ended. Never waits and never fails: what the other end cannot take is dropped and counted.
    virtual void end(span_id which, span_id parent, std::string_view name, time_point began, time_point ended,
                     std::span<span_attribute const> attributes) noexcept = 0;
};

} // namespace rulehost
