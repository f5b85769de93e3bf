#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

namespace rulehost {

/// Makes an empty file that only its owner may read where it is missing: a database holds what attackers typed. SQLite
/// gives the files beside it the same mode. What fails here fails again when it is opened.
void create_private_file(std::string const& path);

/// Why a new store cannot be made at `path`: its directory is missing, and is not made for a path that may be mistyped.
/// Empty when the directory is there.
std::string missing_directory_of(std::string const& path);

/// The URI of a file. SOCI cannot be given a path with quotation marks, and SQLite takes a path that begins with `file:` for
/// a URI. `mode`: `rwc`, `rw` for a file that is not made when it is missing, or `read_mode_of` it.
std::string sqlite_uri(std::string_view path, std::string_view mode);

/// The mode to read a file with. SQLite reads through a log beside the file, which it makes if it is missing; in a
/// directory that may not be written to, a file without a log is open nowhere, and is read by itself (`immutable`).
std::string read_mode_of(std::string const& path);

/// Which file is open, of those that are at its path one after the other. A value.
class open_file {
public:
    explicit open_file(std::string path) : path_(std::move(path)), file_(at(path_)) {}

    /// Whether the path leads to another file now, or to none.
    bool has_moved();

    /// Renames the log that the open file has left beside its path (`-wal` becomes `-wal.stale`): SQLite would replay it over
    /// whatever is there next.
    void set_log_aside() const;

private:
    using identity = std::optional<std::pair<dev_t, ino_t>>;

    static identity at(std::string const& path);

    std::string path_;
    identity file_;
    identity log_; ///< as of the last time that the file was in its place
};

} // namespace rulehost
