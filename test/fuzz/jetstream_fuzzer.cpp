// First line: the subject that a message is answered on. The rest: the answer of JetStream's API.
#include "fuzz/fuzzing.hpp"

#include "nats/jetstream.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace rulehost;
using namespace rulehost::fuzzing;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = text_of(data, size);
    auto const line = text.substr(0, text.find('\n'));
    if (auto const parsed = parse_delivery(line))
        require(line.starts_with("$JS.ACK."));
    if (is_jetstream_name(line))
        require(line.find_first_of(".*> \r\n") == line.npos);
    try {
        auto const answer =
            read_jetstream_answer("STREAM.INFO.events", text.substr(std::min(text.size(), line.size() + 1)));
        require(!answer.contains("error") || !answer.at("error").is_object());
    } catch (nats_error const& refusal) {
        require(std::string_view(refusal.what()).starts_with("JetStream: STREAM.INFO.events: "));
    }
    return 0;
}
