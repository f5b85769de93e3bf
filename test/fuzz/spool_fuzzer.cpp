// First byte: how the rest becomes a segment. 0: the file itself. Otherwise records of that many bytes, with the right
// mark and checksum, so that their content is read too. Any segment opens, and its contents survive storing again.
#include "fuzz/fuzzing.hpp"

#include "delivery/spool.hpp"

#include <boost/crc.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace rulehost;
using namespace rulehost::fuzzing;

namespace {

constexpr std::string_view mark = "12345678";

std::string number(std::uint32_t value) {
    std::string bytes;
    for (int i = 0; i < 4; ++i)
        bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return bytes;
}

std::string segment_of(std::string_view rest, std::size_t record_size) {
    auto text = "rulehost spool 1\n" + std::string(mark);
    for (; !rest.empty(); rest.remove_prefix(std::min(rest.size(), record_size))) {
        auto const content = rest.substr(0, record_size);
        boost::crc_32_type sum;
        sum.process_bytes(content.data(), content.size());
        text += mark;
        text += number(static_cast<std::uint32_t>(content.size()));
        text += number(sum.checksum());
        text += content;
    }
    return text;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0)
        return 0;
    static scratch_directory const scratch;
    scratch.clear();
    auto const rest = text_of(data + 1, size - 1);
    scratch.write("00000000000000000001.spool", data[0] == 0 ? std::string(rest) : segment_of(rest, data[0] * 8u));

    spool kept(scratch.path(), 64 << 20, [](std::string const& line) { require_printable(line); });
    std::size_t pages = 0;
    while (!kept.empty()) {
        auto const page = kept.front(100);
        require(++pages <= size + 1); // it comes to an end
        kept.pop();
    }
    require(kept.append({}, {}) == spool::outcome::kept);
    return 0;
}
