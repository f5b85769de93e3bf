#pragma once

#include <rulehost/time_point.hpp>
#include <rulehost/time_source.hpp>

#include <boost/container/static_vector.hpp>

#include <cstddef>
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

    bool is_recorded() const { return span != 0; }
};

using span_attribute = std::pair<std::string_view, std::variant<std::string_view, std::int64_t, double, bool>>;

/// Receiver of finished spans. Users hold a pointer; null disables tracing at the cost of a comparison. Attributes
/// never hold payload text. Safe from any thread.
class tracer {
public:
    tracer() = default;
    tracer(tracer const&) = delete;
    tracer& operator=(tracer const&) = delete;
    virtual ~tracer() = default;

    /// Returns an id for a span that begins now; `parent` all zero begins a trace. All zero if the trace is not
    /// sampled: then `end` is not called, and no child begins.
    virtual span_id begin(span_id parent) = 0;

    /// Records a finished span. Never waits and never fails: spans that do not fit are dropped and counted.
    virtual void end(span_id which, span_id parent, std::string_view name, time_point began, time_point ended,
                     std::span<span_attribute const> attributes) noexcept = 0;
};

/// A span from construction to destruction, measured by the monotonic clock. Without a tracer, or below a span that is
/// not sampled, it does nothing, not even read the clock. Used on one thread; tracer and time outlive it.
class traced_span {
public:
    static constexpr std::size_t max_attributes = 6;

    /// `name` is a literal.
    traced_span(tracer* to, time_source const& time, std::string_view name, span_id parent = {}) : name_(name) {
        if (to != nullptr)
            begin(*to, time, parent);
    }
    traced_span(traced_span const& parent, std::string_view name) : name_(name) {
        if (parent.tracer_ != nullptr)
            begin(*parent.tracer_, *parent.time_, parent.id_);
    }
    traced_span(traced_span const&) = delete;
    traced_span& operator=(traced_span const&) = delete;
    ~traced_span() {
        if (tracer_ != nullptr)
            tracer_->end(id_, parent_, name_, began_, began_ + (time_->elapsed() - elapsed_), attributes_);
    }

    /// Texts outlive the span; attributes past `max_attributes` are dropped.
    template <class Value>
    void note(std::string_view key, Value const& value) {
        if (tracer_ != nullptr && attributes_.size() < max_attributes)
            attributes_.emplace_back(key, value);
    }

    /// All zero when it is not recorded.
    span_id id() const { return id_; }

private:
    void begin(tracer& to, time_source const& time, span_id parent) {
        id_ = to.begin(parent);
        if (!id_.is_recorded())
            return;
        tracer_ = &to;
        time_ = &time;
        parent_ = parent;
        began_ = time.now();
        elapsed_ = time.elapsed();
    }

    tracer* tracer_ = nullptr; ///< null: not recorded
    std::string_view name_;
    time_source const* time_ = nullptr;
    span_id id_;
    span_id parent_;
    time_point began_;
    duration elapsed_{}; ///< of `time_`, when it began
    boost::container::static_vector<span_attribute, max_attributes> attributes_;
};

} // namespace rulehost
