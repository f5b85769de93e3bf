#pragma once

#include "file/file_descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

// Files that survive a crash and a power loss. Blocking. Each throws std::system_error that begins with `what`, such as
// "cannot write PATH".

/// Appends all of `bytes` to `file`; retries after EINTR.
void write_all(file_descriptor const& file, std::string_view bytes, std::string const& what);

/// Returns when contents and size of `file` are on the disk. A pipe, which cannot be synced, is left alone.
void sync(file_descriptor const& file, std::string const& what);

/// Returns when the contents of `file` are on the disk.
void sync_data(file_descriptor const& file, std::string const& what);

/// Truncates `file` to `size` bytes and seeks to the end. False: the contents on the disk are unknown.
bool cut_back(file_descriptor const& file, std::uint64_t size);

/// Returns when the names of the files in `directory` are on the disk.
void sync_directory(std::filesystem::path const& directory, std::string const& what);

/// Renames a file within its directory and replaces an existing file. Durable once the directory is synced.
void rename_file(std::filesystem::path const& from, std::filesystem::path const& to, std::string const& what);

/// The directory of `file`.
std::filesystem::path directory_of(std::filesystem::path const& file);

/// Opens or creates the lock file `path`, for its owner alone, and locks it until the descriptor is closed; empty when
/// another process has the lock.
std::optional<file_descriptor> lock_file(std::filesystem::path const& path, std::string const& what);

/// Replaces the contents of `file` atomically: after a crash it has the old ones or the new ones. Safe from several
/// processes at once; the last one wins. A failure leaves the file unchanged.
void replace_file(std::filesystem::path const& file, std::string_view contents, std::string const& what);

/// Removes temporary files that interrupted calls of `replace_file` left beside `file`, except those that a process
/// still writes.
void remove_abandoned_replacements(std::filesystem::path const& file);

} // namespace rulehost
