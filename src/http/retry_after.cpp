#include "http/retry_after.hpp"

#include "text/number.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace rulehost {

namespace {

constexpr duration max_retry_after = std::chrono::minutes{5};

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the form that servers send; the two obsolete ones are rejected.
std::optional<time_point> parse_http_date(std::string const& text) {
    static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int day = 0, year = 0, hour = 0, minute = 0, second = 0;
    std::array<char, 4> month{};
    int end = 0;
    std::sscanf(text.c_str(), "%*3c, %2d %3c %4d %2d:%2d:%2d GMT%n", &day, month.data(), &year, &hour, &minute, &second,
                &end);
    bool const is_whole = end > 0 && static_cast<std::size_t>(end) == text.size();
    if (!is_whole || std::min({day, year, hour, minute, second}) < 0)
        return {};
    auto const place = months.find(month.data());
    std::chrono::year_month_day const date{std::chrono::year{year},
                                           std::chrono::month{static_cast<unsigned>(place / 3 + 1)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (place == months.npos || place % 3 != 0 || !date.ok())
        return {};
    return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
        std::chrono::seconds{second};
}

} // namespace

std::optional<duration> parse_retry_after(std::string const& header, time_point now) {
    if (auto const seconds = parse_number<std::uint32_t>(header))
        return std::min<duration>(std::chrono::seconds{*seconds}, max_retry_after);
    if (auto const when = parse_http_date(header))
        return std::clamp<duration>(*when - now, duration{}, max_retry_after);
    return {};
}

} // namespace rulehost
