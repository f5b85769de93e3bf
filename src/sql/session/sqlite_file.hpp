#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sys/types.h>

namespace rulehost {

/// Creates a missing file, readable by its owner alone, since a database holds text from attackers. SQLite gives the
/// files beside it the same mode. Ignores errors, which opening the file reports.
void create_private_file(std::string const& path);

/// Error for a new store at `path` in a missing directory, which a mistyped path must not create. Empty if the
/// directory exists.
std::string missing_directory_of(std::string const& path);

/// The URI of a file. SOCI does not accept a path with quotation marks, and SQLite reads a path that begins with
/// `file:` as a URI. `mode`: `rwc`, `rw` for an existing file, or `read_mode_of` it.
std::string sqlite_uri(std::string_view path, std::string_view mode);

/// The mode for reading a file. SQLite reads through a log beside the file, which it creates if missing; in a
/// read-only directory, a file without a log is not open anywhere and is read alone (`immutable`).
std::string read_mode_of(std::string const& path);

/// Identity of an open file, which may be replaced at its path. A value.
class open_file {
public:
    explicit open_file(std::string path) : path_(std::move(path)), file_(at(path_)) {}

    /// Whether the path now leads to another file, or to none.
    bool has_moved();

    /// Renames the log that the open file has left beside its path (`-wal` becomes `-wal.stale`): SQLite would replay
    /// it over the next file there.
    void set_log_aside() const;

private:
    using identity = std::optional<std::pair<dev_t, ino_t>>;

    static identity at(std::string const& path);

    std::string path_;
    identity file_;
    identity log_; ///< when the file was last seen at its path
};

} // namespace rulehost
