#include "fuzz/fuzzing.hpp"

#include "input/unpacker.hpp"

#include "file/file_descriptor.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include <sys/mman.h>
#include <unistd.h>

using namespace rulehost;
using rulehost::fuzzing::require;

/// The first byte chooses the format and the size of the reads, the rest is the file. Unpacks a bounded part of it.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0)
        return 0;
    file_descriptor const file(::memfd_create("fuzz", MFD_CLOEXEC));
    require(file && ::write(file.get(), data + 1, size - 1) == static_cast<::ssize_t>(size - 1));
    unpacker from(data[0] % 2 == 0 ? packing::gzip : packing::zstd, file.get());
    std::array<char, 65536> buffer;
    std::size_t const piece = data[0] % 4 < 2 ? buffer.size() : 1 + data[0] / 4;
    std::size_t unpacked = 0;
    constexpr std::size_t enough = 16 * 1024 * 1024;
    while (unpacked < enough) {
        auto const count = from.read(std::span(buffer).first(piece));
        if (count == 0)
            break;
        require(count <= piece);
        unpacked += count;
    }
    require(from.taken() <= size - 1);
    if (unpacked < enough) // an ended file stays ended
        require(from.read(buffer) == 0);
    return 0;
}
