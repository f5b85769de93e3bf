#pragma once

#include "input/rotation.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace rulehost {

/// The content of a compressed file (gzip, zstd; members and frames one after the other), from front to end. Memory is
/// bounded for any file: 64 KiB and the window of the format, which is rejected above 128 MiB.
///
/// Blocking; used on one thread at a time. Borrows the descriptor and does not use its position.
class unpacker {
public:
    /// `packed` is gzip or zstd.
    unpacker(packing packed, int descriptor);
    unpacker(unpacker&&) noexcept;
    unpacker& operator=(unpacker&&) noexcept;
    ~unpacker();

    /// Reads the next bytes of the content; 0 at its end and at damage. Throws std::system_error if the file is
    /// unreadable.
    std::size_t read(std::span<char> buffer);

    /// Damage that ended the content early ("ends early", "is corrupt"); empty: none.
    std::string const& damage() const;

    /// Bytes of the file consumed.
    std::uint64_t taken() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace rulehost
