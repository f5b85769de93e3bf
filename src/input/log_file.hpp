#pragma once

#include "file/file_descriptor.hpp"
#include "input/file_place.hpp"
#include "input/rotation.hpp"
#include "input/unpacker.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rulehost {

/// The current files of the log `path` and others beside it: in its directory, in that of its link target, and in that
/// of `remembered`, its earlier path (empty: none). Lists the live file under its own name only.
std::vector<seen_file> see_log_files(std::filesystem::path const& path, std::filesystem::path const& remembered);

/// One file of a log, open for reading. Blocking; for local disks. Every member may throw std::system_error.
class log_file {
public:
    /// Empty if `path` does not exist; throws if it is not a regular file.
    static std::optional<log_file> open(std::filesystem::path path, packing packed = packing::none);

    std::filesystem::path const& path() const { return path_; } ///< when it was opened
    file_identity identity() const { return identity_; }
    std::uint64_t size() const;    ///< bytes on the disk
    std::int64_t modified() const; ///< nanoseconds since 1970
    bool is_packed() const { return unpacker_.has_value(); }

    /// Reads the next bytes of its content; 0 at its current end. Empty, without reading, if it is not `is_intact`.
    std::optional<std::size_t> read(std::span<char> buffer);
    /// Puts the last `bytes` of `read` back, to be read again.
    void unread(std::span<char const> bytes);
    /// Whether there is content after `offset`, or damage. Reads ahead in a packed file.
    bool has_more();
    /// Seeks to `offset`. A packed file can only go to its front.
    void seek(std::uint64_t offset);
    std::uint64_t offset() const { return offset_; }

    /// Advances towards the offset of `place` by a bounded step. False: reached, or the content ends before.
    bool approach(file_place const& place);
    /// Whether this is the file of `place` or a copy, by content: the text read earlier precedes `offset`, which
    /// `approach` has reached.
    bool reads_like(file_place const& place) const;

    /// Whether the text read earlier is still at its front and before `offset`: it was neither truncated nor rewritten.
    /// If so, records its modification time.
    bool is_intact();

    /// A hole: bytes never written, left by a writer that did not notice a truncation.
    struct hole {
        std::uint64_t end = 0; ///< end of the examined part
        bool has_data = false; ///< data follows at `end`; else unknown
    };
    /// Whether the next byte is a NUL. Not of packed files.
    bool is_at_hole() const;
    /// Continues from `known`, up to which all bytes from `offset` are NUL.
    hole hole_from(std::uint64_t known) const;

    /// Its first bytes. Moves a packed file to its front.
    std::string front(std::size_t size);

    /// Damage of a packed file, which ends its content early; empty: none.
    std::string damage() const { return unpacker_ ? unpacker_->damage() : std::string(); }

    /// The place at `offset`, with the modification time when it was last intact.
    file_place place(std::uint64_t offset, std::uint64_t line) const;

private:
    log_file(std::filesystem::path path, file_descriptor descriptor, packing packed);

    std::string content(std::uint64_t from, std::uint64_t to) const;
    std::size_t unpack(std::span<char> buffer);
    void remember(std::span<char const> piece);

    std::filesystem::path path_;
    file_descriptor descriptor_;
    file_identity identity_;
    packing packed_;
    std::optional<unpacker> unpacker_; ///< of packed files
    std::string unread_;               ///< of packed files: unpacked bytes to return first
    std::uint64_t offset_ = 0;
    std::int64_t modified_; ///< when it was last intact
    std::string front_;     ///< the bytes before `offset_`, the first `file_place::print_bytes` of them
    std::string recent_;    ///< the last bytes before `offset_`: at least as many, and the last read
};

} // namespace rulehost
