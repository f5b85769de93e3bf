#include "observability/metrics_text.hpp"

#include <rulehost/diagnostic.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace rulehost {

namespace {

double seconds_of(duration length) {
    return std::chrono::duration<double>(length).count();
}

std::string number(double value) {
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 32> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return {digits.data(), end};
}

/// Between the quotes of a label.
void append_value(std::string& text, std::string_view value) {
    for (char const c : escape_for_terminal(value)) {
        if (c == '\\' || c == '"')
            text += '\\';
        text += c;
    }
}

} // namespace

void metrics_text::family(std::string_view name, kind type, std::string_view help) {
    static constexpr std::array<std::string_view, 3> types{"counter", "gauge", "histogram"};
    family_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ");
    text_.append(types[static_cast<std::size_t>(type)]).append("\n");
}

void metrics_text::sample(std::uint64_t value, labels of) {
    begin_sample({}, of);
    end_sample(value);
}

void metrics_text::sample(double value, labels of) {
    begin_sample({}, of);
    end_sample(value);
}

void metrics_text::sample(duration_histogram const& value, labels of) {
    std::uint64_t running = 0;
    for (std::size_t slot = 0; slot != value.counts().size(); ++slot) {
        running += value.counts()[slot];
        auto const last = slot == duration_histogram::bounds.size();
        begin_sample("_bucket", of, last ? "+Inf" : number(seconds_of(duration_histogram::bounds[slot])));
        end_sample(running);
    }
    begin_sample("_sum", of);
    end_sample(seconds_of(value.sum()));
    begin_sample("_count", of);
    end_sample(running);
}

void metrics_text::begin_sample(std::string_view suffix, labels of, std::string_view bound) {
    text_.append(family_).append(suffix);
    char separator = '{';
    auto const label = [&](std::string_view name, std::string_view value) {
        text_ += std::exchange(separator, ',');
        text_.append(name).append("=\"");
        append_value(text_, value);
        text_ += '"';
    };
    for (auto const& [name, value] : of)
        label(name, value);
    if (!bound.empty())
        label("le", bound);
    text_.append(separator == ',' ? "} " : " ");
}

void metrics_text::end_sample(std::uint64_t value) {
    text_.append(std::to_string(value)).append("\n");
}

void metrics_text::end_sample(double value) {
    text_.append(number(value)).append("\n");
}

} // namespace rulehost
