#include "output/http_verdict.hpp"

#include "text/number.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace rulehost {

namespace {

using meaning = http_verdict::meaning;

constexpr std::uint32_t max_pause = 300; // seconds: no receiver may stop an output for longer

} // namespace

http_verdict judge(unsigned status, std::string_view retry_after) {
    if (status >= 200 && status < 300)
        return {meaning::taken, {}, {}};
    // The others do not concern this document: a missing permission, a moved address, a busy receiver.
    if (status == 400 || status == 409 || status == 413 || status == 422)
        return {meaning::refused, {}, {}};
    auto const seconds = parse_number<std::uint32_t>(retry_after).value_or(0);
    return {meaning::later, std::chrono::seconds{std::min(seconds, max_pause)}, {}};
}

} // namespace rulehost
