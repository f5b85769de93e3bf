#include "sql/sqlite_file.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace rulehost {

void create_private_file(std::string const& path) {
    std::error_code ignored;
    if (auto const directory = std::filesystem::path(path).parent_path(); !directory.empty()) {
        std::filesystem::create_directories(directory, ignored);
    }
    // Exclusively: to close a file that this process has open elsewhere would release its locks.
    if (int const file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600); file >= 0) {
        ::close(file);
    }
}

std::string sqlite_uri(std::string_view path, std::string_view mode) {
    auto const encoded = boost::urls::encode(boost::urls::string_view(path.data(), path.size()),
                                             boost::urls::unreserved_chars + '/');
    return (path.starts_with('/') ? "file://" : "file:") + encoded + "?mode=" + std::string(mode);
}

std::optional<open_file::identity> open_file::at_path() const {
    struct stat found{};
    if (::stat(path_.c_str(), &found) != 0) {
        return {};
    }
    return identity(found.st_dev, found.st_ino);
}

} // namespace rulehost
