// Any bytes as the state file of a filesystem store: read, or rejected with a reason. Its contents survive saving and
// reading again.
#include "fuzz/fuzzing.hpp"

#include "store/filesystem/state_journal.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>

using namespace rulehost;
using namespace rulehost::fuzzing;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static scratch_directory const scratch;
    static state_journal const journal(scratch.path() / "states");
    scratch.write("states", text_of(data, size));
    state_journal::content read;
    try {
        read = journal.load();
    } catch (std::runtime_error const& refusal) {
        require(*refusal.what() != '\0');
        return 0;
    }
    journal.save(read.revision, read.states);
    auto const again = journal.load();
    require(again.revision == read.revision && again.states.stored() == read.states.stored() &&
            again.states.decisions() == read.states.decisions());
    return 0;
}
