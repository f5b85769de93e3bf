#pragma once

#include "host/file_place.hpp"
#include "store/file_descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace rulehost {

/// Which file it is, whatever its name.
struct file_identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(file_identity const&) const = default;
};

/// What can be told of a file without opening it.
struct file_look {
    file_identity identity;
    std::filesystem::file_time_type modified;
};

/// Empty when `path` names no regular file that can be looked at.
std::optional<file_look> look_at_file(std::filesystem::path const& path);

/// One file of a log, open for reading. Blocking: files of a disk, not of a network. Every member may throw
/// std::system_error.
class log_file {
public:
    /// Empty when `path` names nothing; throws when it names something that is no regular file.
    static std::optional<log_file> open(std::filesystem::path path);

    std::filesystem::path const& path() const { return path_; } ///< when it was opened
    file_identity identity() const { return identity_; }
    std::uint64_t size() const;
    std::filesystem::file_time_type modified() const;

    /// Whether this is the file of `place`, or a copy of it, by its content: what was read before stands here.
    bool begins_like(file_place const& place) const;

    /// The next bytes; 0 at the end of what there is.
    std::size_t read(std::span<char> buffer);
    /// Goes on at `offset`.
    void seek(std::uint64_t offset);
    std::uint64_t offset() const { return offset_; }

    /// Whether what was read still stands at its front: it was neither truncated nor written anew.
    bool is_intact() const;

    /// The place before `offset`, which was read.
    file_place place(std::uint64_t offset, std::uint64_t line) const;

private:
    log_file(std::filesystem::path path, file_descriptor descriptor);

    std::string front(std::uint64_t size) const;

    std::filesystem::path path_;
    file_descriptor descriptor_;
    file_identity identity_;
    std::uint64_t offset_ = 0;
    std::string front_; ///< what stands before `offset_`, up to `file_place::head_bytes`
};

} // namespace rulehost
