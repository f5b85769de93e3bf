// Any bytes as the configuration file of `rulehost run`: read, or rejected with findings that point into it.
#include "fuzz/fuzzing.hpp"

#include "cli/config_file.hpp"

#include <cstddef>
#include <cstdint>

using namespace rulehost;
using namespace rulehost::fuzzing;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const read = cli::read_configuration(text_of(data, size), "fuzz");
    for (auto const& found : read.findings) {
        require(!found.message.empty() && found.source_line.size() <= 400);
        require_printable(to_text(found));
    }
    return 0;
}
