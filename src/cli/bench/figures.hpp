#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost::cli {

/// A line of /proc/self/status, in MiB.
double memory(std::string_view name);

double median(std::vector<double> of);

double rounded(double value, int decimals);

/// `value` for a person.
std::string shown(double value, int decimals = 0);

/// `text` right-aligned in `width` characters.
std::string padded(std::string text, std::size_t width);

using clock_function = std::uint64_t (*)();

/// One thread is measured in CPU time, which a busy machine distorts least; several can only be measured in wall time.
template <typename Work>
double nanoseconds_of(clock_function clock, Work&& work) {
    auto const start = clock();
    work();
    return static_cast<double>(clock() - start);
}

} // namespace rulehost::cli
