#include "fuzz/fuzzing.hpp"

#include "input/file_place.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace rulehost;
using rulehost::fuzzing::require;

/// Checks that a place survives writing and reading again.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const place = file_place_from({reinterpret_cast<char const*>(data), size});
    if (!place)
        return 0;
    require(place->finished.size() <= file_place::max_finished);
    auto const text = to_text(*place);
    auto const again = file_place_from(text);
    require(again && to_text(*again) == text);
    return 0;
}
