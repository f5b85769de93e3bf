#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

/// Identity of a file, independent of its name.
struct file_identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    /// When it was created, in nanoseconds since 1970: an inode is used again once its file is removed. 0: unknown,
    /// equal to any.
    std::int64_t born = 0;

    bool operator==(file_identity const& other) const {
        return device == other.device && inode == other.inode && (born == other.born || born == 0 || other.born == 0);
    }
};

/// How far a file was read. Finds the file again by identity and content, not by its name, which rotation changes. A
/// value.
struct file_place {
    static constexpr std::size_t print_bytes = 1024; ///< at the front and before `offset` that identify a file
    static constexpr std::size_t max_finished = 4;   ///< places of earlier files in one
    static constexpr std::size_t max_path_bytes = 1024;

    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t born = 0;     ///< as in `file_identity`
    std::uint64_t offset = 0;  ///< bytes of its (unpacked) content before the next line
    std::uint64_t line = 0;    ///< lines before it
    std::uint64_t before = 0;  ///< lines of the input before this file
    std::uint64_t size = 0;    ///< bytes on the disk at the last check; 0: unknown
    std::int64_t modified = 0; ///< then, in nanoseconds since 1970; 0: unknown
    std::string head;          ///< `file_print` of the first `print_bytes` before `offset`
    std::string tail;          ///< `file_print` of the last `print_bytes` before `offset`; empty: unknown (version 0.1)
    std::string path;          ///< its path, if it differs from the input's path; else empty
    std::vector<file_place> finished; ///< files that were read to their ends before, oldest first, without `finished`

    file_identity identity() const { return {device, inode, born}; }
};

/// The fingerprint of a file: a hash of `content`, which is at most `file_place::print_bytes` long.
std::string file_print(std::string_view content);

/// Text form for the database; at most 4 KiB.
std::string to_text(file_place const&);
/// Reads `to_text`, also of version 0.1. Empty if malformed.
std::optional<file_place> file_place_from(std::string_view text);

} // namespace rulehost
