#include "sql/session/sqlite_file.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace rulehost {

void create_private_file(std::string const& path) {
    // Only for a new file: closing a file that this process has open elsewhere would release its locks.
    if (int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600); file >= 0)
        ::close(file);
}

std::string missing_directory_of(std::string const& path) {
    auto const directory = std::filesystem::path(path).parent_path();
    std::error_code unknown;
    auto const found = std::filesystem::status(directory.empty() ? "." : directory, unknown).type();
    if (found == std::filesystem::file_type::directory)
        return {};
    if (found == std::filesystem::file_type::not_found)
        return "there is no directory " + directory.string() + " for the new store; make it, or mend the path";
    return directory.string() + " is not a directory for a new store";
}

std::string sqlite_uri(std::string_view path, std::string_view mode) {
    auto const encoded =
        boost::urls::encode(boost::urls::string_view(path.data(), path.size()), boost::urls::unreserved_chars + '/');
    return (path.starts_with('/') ? "file://" : "file:") + encoded + "?mode=" + std::string(mode);
}

std::string read_mode_of(std::string const& path) {
    std::error_code unknown;
    auto const resolved = std::filesystem::weakly_canonical(path, unknown).string();
    auto const is_there = [&](char const* suffix) { return std::filesystem::exists(resolved + suffix, unknown); };
    auto const directory = std::filesystem::path(resolved).parent_path();
    auto const may_log = ::access(directory.c_str(), W_OK) == 0;
    return may_log || is_there("-wal") || is_there("-journal") ? "ro" : "ro&immutable=1";
}

bool open_file::has_moved() {
    if (at(path_) != file_)
        return true;
    log_ = at(path_ + "-wal");
    return false;
}

void open_file::set_log_aside() const {
    if (log_ && at(path_ + "-wal") == log_) {
        std::error_code ignored; // a log that cannot be renamed cannot be replayed either, since replaying writes to it
        std::filesystem::rename(path_ + "-wal", path_ + "-wal.stale", ignored);
        std::filesystem::remove(path_ + "-shm", ignored);
    }
}

open_file::identity open_file::at(std::string const& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0)
        return {};
    return std::pair(found.st_dev, found.st_ino);
}

} // namespace rulehost
