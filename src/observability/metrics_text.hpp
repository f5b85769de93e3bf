#pragma once

#include <rulehost/duration_histogram.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace rulehost {

/// Writes metrics in Prometheus' text exposition format 0.0.4. Families follow one another, each with all of its
/// samples. A value; used on one thread.
class metrics_text {
public:
    enum class kind { counter, gauge, histogram };

    /// Names are trusted and valid; values may come from outside, so control characters in them are escaped.
    using labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

    /// Begins the family that the following samples belong to. `name` and `help` are trusted. The name of a counter
    /// ends with `_total`.
    void family(std::string_view name, kind type, std::string_view help);

    void sample(std::uint64_t value, labels of = {});
    void sample(double value, labels of = {});
    /// In seconds.
    void sample(duration_histogram const& value, labels of = {});

    std::string take() { return std::move(text_); }

private:
    void begin_sample(std::string_view suffix, labels of, std::string_view bound = {});
    void end_sample(std::uint64_t value);
    void end_sample(double value);

    std::string text_;
    std::string family_;
};

} // namespace rulehost
