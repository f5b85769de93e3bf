// Any bytes as the local snapshot of a worker: read, or rejected with a reason. Its contents survive saving and reading
// again.
#include "fuzz/fuzzing.hpp"

#include "store/database/local_snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>

using namespace rulehost;
using namespace rulehost::fuzzing;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static scratch_directory const scratch;
    auto const file = scratch.write("snapshot", text_of(data, size));
    std::optional<local_snapshot> read;
    try {
        read = load_local_snapshot(file);
    } catch (std::runtime_error const& refusal) {
        require(*refusal.what() != '\0');
        return 0;
    }
    require(read.has_value());
    save(*read, file);
    auto const again = load_local_snapshot(file);
    require(again && again->position.revision == read->position.revision && again->live.size() == read->live.size() &&
            again->states.stored() == read->states.stored() && again->states.decisions() == read->states.decisions());
    return 0;
}
