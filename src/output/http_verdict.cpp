#include "output/http_verdict.hpp"

#include "text/number.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace rulehost {

namespace {

using meaning = http_verdict::meaning;

constexpr std::uint32_t max_pause = 300; // seconds: nobody stops an output for longer

} // namespace

http_verdict judge(unsigned status, std::string_view retry_after) {
    if (status >= 200 && status < 300)
        return {meaning::taken, {}, {}};
    // A right that is missing, an address that has moved, or a receiver that is busy: no matter of this request.
    auto const passes = status < 400 || status == 401 || status == 403 || status == 404 || status == 407 ||
        status == 408 || status == 425 || status == 429 || status >= 500;
    if (!passes)
        return {meaning::refused, {}, {}};
    auto const seconds = parse_number<std::uint32_t>(retry_after).value_or(0);
    return {meaning::later, std::chrono::seconds{std::min(seconds, max_pause)}, {}};
}

} // namespace rulehost
