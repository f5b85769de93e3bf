#pragma once

#include "input/rotation.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace rulehost {

/// The content of a compressed file (gzip, zstd; members and frames one after the other), from front to end, in memory
/// that is bounded whatever the file claims: 64 KiB, and the window of the format, which is refused above 128 MiB.
///
/// Blocking; used on one thread at a time. Borrows the descriptor, whose own position it does not use.
class unpacker {
public:
    /// `packed` is gzip or zstd.
    unpacker(packing packed, int descriptor);
    unpacker(unpacker&&) noexcept;
    unpacker& operator=(unpacker&&) noexcept;
    ~unpacker();

    /// The next bytes of the content; 0 at its end, and where the file is damaged. Throws std::system_error when the
    /// file cannot be read.
    std::size_t read(std::span<char> buffer);

    /// Why there is no more although the content has not ended ("ends early", "is corrupt"); empty: there is none such.
    std::string const& damage() const;

    /// Bytes of the file that were taken.
    std::uint64_t taken() const;

private:
    struct implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace rulehost
