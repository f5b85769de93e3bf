#pragma once

#include "file/file_descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rulehost {

// Files that outlive a crash and a loss of power. Blocking. Each throws std::system_error that begins with `what`, such
// as "cannot write PATH".

/// Writes all of `bytes` at the end of `file`, through interruptions.
void write_all(file_descriptor const& file, std::string_view bytes, std::string const& what);

/// Returns when contents and size of `file` are on the disk. A pipe, which cannot be synced, is left alone.
void sync(file_descriptor const& file, std::string const& what);

/// Returns when the contents of `file` are on the disk.
void sync_data(file_descriptor const& file, std::string const& what);

/// Cuts `file` back to `size` bytes, at whose end it goes on. False: what the disk holds of it is not known.
bool cut_back(file_descriptor const& file, std::uint64_t size);

/// Returns when the names of the files in `directory` are on the disk.
void sync_directory(std::filesystem::path const& directory, std::string const& what);

/// Gives a file another name in its directory, over whatever has that name. Durable once the directory is synced.
void rename_file(std::filesystem::path const& from, std::filesystem::path const& to, std::string const& what);

/// The directory that `file` stands in.
std::filesystem::path directory_of(std::filesystem::path const& file);

/// Opens or creates the lock file `path`, for its owner alone, and locks it until the descriptor is closed; empty when
/// another process has the lock.
std::optional<file_descriptor> lock_file(std::filesystem::path const& path, std::string const& what);

/// Replaces the contents of `file` at once: after a crash it has the old ones or the new ones. Processes may do so at
/// the same time, and the last one wins. After a failure the file is as it was.
void replace_file(std::filesystem::path const& file, std::string_view contents, std::string const& what);

/// Removes what crashes in the middle of `replace_file` left beside `file`, and nothing that a process still writes.
void remove_abandoned_replacements(std::filesystem::path const& file);

} // namespace rulehost
