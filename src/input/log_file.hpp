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

/// The files of the log `path`, and others beside it, as they are now: in its directory, in that of what it links to,
/// and in that of `remembered`, where it was before (empty: none). Of several names of the live file only its own is
/// listed.
std::vector<seen_file> see_log_files(std::filesystem::path const& path, std::filesystem::path const& remembered);

/// One file of a log, open for reading. Blocking: files of a disk, not of a network. Every member may throw
/// std::system_error.
class log_file {
public:
    /// Empty when `path` names nothing; throws when it names something that is no regular file.
    static std::optional<log_file> open(std::filesystem::path path, packing packed = packing::none);

    std::filesystem::path const& path() const { return path_; } ///< when it was opened
    file_identity identity() const { return identity_; }
    std::uint64_t size() const;    ///< bytes on the disk
    std::int64_t modified() const; ///< nanoseconds since 1970
    bool is_packed() const { return unpacker_.has_value(); }

    /// The next bytes of its content; 0 at the end of what there is. Empty when it is not `is_intact`: nothing was
    /// read.
    std::optional<std::size_t> read(std::span<char> buffer);
    /// The last `bytes` of what `read` gave are to be read again.
    void unread(std::span<char const> bytes);
    /// Whether there is content after `offset`, or damage. A packed file is read on by it.
    bool has_more();
    /// Goes on at `offset`. A packed file goes nowhere but to its front.
    void seek(std::uint64_t offset);
    std::uint64_t offset() const { return offset_; }

    /// Goes on towards the offset of `place`, by a bounded step. False: it is there, or the content ends before.
    bool approach(file_place const& place);
    /// Whether this is the file of `place`, or a copy of it, by its content: what was read before stands before
    /// `offset`, which `approach` has led to.
    bool reads_like(file_place const& place) const;

    /// Whether what was read still stands at its front and before `offset`: it was neither truncated nor written anew.
    /// Remembers when it was written to, if so.
    bool is_intact();

    /// The first bytes that were never written, as they are left by a writer that does not know of a truncation.
    struct hole {
        std::uint64_t end = 0; ///< as far as was looked
        bool has_data = false; ///< there is data up to `end`; else nothing is known of what follows
    };
    /// Whether the next byte is a NUL. Not of packed files.
    bool is_at_hole() const;
    /// Looks on from `known`, where no byte between `offset` and there is anything but NUL.
    hole hole_from(std::uint64_t known) const;

    /// Its first bytes. A packed file is at its front afterwards.
    std::string front(std::size_t size);

    /// Why a packed file has no more content although that has not ended; empty: it has no damage.
    std::string damage() const { return unpacker_ ? unpacker_->damage() : std::string(); }

    /// The place before `offset`, which was read, with the time of when it was intact.
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
    std::string unread_;               ///< the same: what comes before what it gives next
    std::uint64_t offset_ = 0;
    std::int64_t modified_; ///< when it was intact
    std::string front_;     ///< the bytes before `offset_`, the first `file_place::print_bytes` of them
    std::string recent_;    ///< the same, the last of it: at least as many bytes, and what was read at once
};

} // namespace rulehost
