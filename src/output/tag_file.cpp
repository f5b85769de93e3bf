#include "output/tag_file.hpp"

#include "file/durable_file.hpp"
#include "file/errno_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

namespace rulehost {

namespace {

std::string failure_of(std::filesystem::path const& path) {
    return "cannot write " + path.string();
}

struct opened_file {
    file_descriptor file;
    std::uint64_t size = 0;
    bool is_torn = false; ///< its last line has no end
};

opened_file open(std::filesystem::path const& path) {
    opened_file made;
    made.file = file_descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    struct stat about {};
    if (!made.file || ::fstat(made.file.get(), &about) != 0)
        throw_errno(failure_of(path));
    if (!S_ISREG(about.st_mode))
        throw std::system_error(EINVAL, std::system_category(), failure_of(path) + ", which is not a file");
    made.size = static_cast<std::uint64_t>(about.st_size);
    char last = '\n';
    made.is_torn = made.size > 0 && ::pread(made.file.get(), &last, 1, about.st_size - 1) == 1 && last != '\n';
    return made;
}

std::filesystem::path numbered(std::filesystem::path path, std::size_t number) {
    return path += "." + std::to_string(number);
}

} // namespace

void tag_file::append(std::string_view lines) const {
    auto const what = failure_of(path_);
    while (!lines.empty()) {
        auto const to = open(path_);
        auto const now = fitting(lines, to.size);
        if (now.empty()) {
            rotate();
            continue;
        }
        if (to.is_torn)
            write_all(to.file, "\n", what);
        write_all(to.file, now, what);
        sync(to.file, what);
        if (to.size == 0)
            sync_directory(directory_of(path_), what);
        lines.remove_prefix(now.size());
    }
}

std::string_view tag_file::fitting(std::string_view lines, std::uint64_t size) const {
    auto const room = max_bytes_ - std::min(size, max_bytes_);
    if (lines.size() <= room)
        return lines;
    auto const end = room == 0 ? lines.npos : lines.rfind('\n', static_cast<std::size_t>(room) - 1);
    if (end != lines.npos)
        return lines.substr(0, end + 1);
    return size > 0 ? std::string_view() : lines.substr(0, std::min(lines.find('\n'), lines.size() - 1) + 1);
}

void tag_file::rotate() const {
    auto const what = failure_of(path_);
    if (keep_ == 0) {
        std::filesystem::remove(path_);
        return;
    }
    for (auto number = keep_ - 1; number > 0; --number)
        if (std::filesystem::exists(numbered(path_, number)))
            rename_file(numbered(path_, number), numbered(path_, number + 1), what);
    rename_file(path_, numbered(path_, 1), what);
}

} // namespace rulehost
