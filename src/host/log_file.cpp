#include "host/log_file.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rulehost {

namespace {

[[noreturn]] void throw_errno(std::filesystem::path const& path) {
    throw std::system_error(errno, std::generic_category(), path.string());
}

struct ::stat status_of(int descriptor, std::filesystem::path const& path) {
    struct ::stat status {};
    if (::fstat(descriptor, &status) != 0)
        throw_errno(path);
    return status;
}

std::filesystem::file_time_type modified_at(struct ::stat const& status) {
    auto const since_epoch = std::chrono::seconds{status.st_mtim.tv_sec} + std::chrono::nanoseconds{status.st_mtim.tv_nsec};
    return std::filesystem::file_time_type::clock::from_sys(std::chrono::sys_time<std::chrono::nanoseconds>{since_epoch});
}

/// As much of `buffer` as there is at `offset`.
std::size_t read_at(int descriptor, std::span<char> buffer, std::uint64_t offset, std::filesystem::path const& path) {
    for (;;) {
        auto const count = ::pread(descriptor, buffer.data(), buffer.size(), static_cast<::off_t>(offset));
        if (count >= 0)
            return static_cast<std::size_t>(count);
        if (errno != EINTR)
            throw_errno(path);
    }
}

} // namespace

std::optional<file_look> look_at_file(std::filesystem::path const& path) {
    struct ::stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return {};
    file_look seen;
    seen.identity = {status.st_dev, status.st_ino};
    seen.modified = modified_at(status);
    return seen;
}

std::optional<log_file> log_file::open(std::filesystem::path path) {
    // A fifo that took the place of the file must not block us.
    file_descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (opened.get() < 0 && errno == ENOENT)
        return {};
    if (opened.get() < 0)
        throw_errno(path);
    auto const status = status_of(opened.get(), path);
    if (S_ISDIR(status.st_mode))
        throw std::system_error(std::make_error_code(std::errc::is_a_directory), path.string());
    if (!S_ISREG(status.st_mode))
        throw std::system_error(std::make_error_code(std::errc::invalid_argument), path.string() + " is no regular file");
    return log_file(std::move(path), std::move(opened));
}

log_file::log_file(std::filesystem::path path, file_descriptor descriptor)
    : path_(std::move(path)), descriptor_(std::move(descriptor)) {
    auto const status = status_of(descriptor_.get(), path_);
    identity_ = {status.st_dev, status.st_ino};
}

std::uint64_t log_file::size() const {
    return static_cast<std::uint64_t>(status_of(descriptor_.get(), path_).st_size);
}

std::filesystem::file_time_type log_file::modified() const {
    return modified_at(status_of(descriptor_.get(), path_));
}

std::string log_file::front(std::uint64_t size) const {
    std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(size, file_place::head_bytes)), '\0');
    text.resize(read_at(descriptor_.get(), text, 0, path_));
    return text;
}

bool log_file::begins_like(file_place const& place) const {
    return size() >= place.offset && file_head(front(place.offset)) == place.head;
}

std::size_t log_file::read(std::span<char> buffer) {
    auto const count = read_at(descriptor_.get(), buffer, offset_, path_);
    if (front_.size() < file_place::head_bytes)
        front_.append(buffer.data(), std::min(count, file_place::head_bytes - front_.size()));
    offset_ += count;
    return count;
}

void log_file::seek(std::uint64_t offset) {
    offset_ = offset;
    front_ = front(offset);
}

bool log_file::is_intact() const {
    return size() >= offset_ && front(front_.size()) == front_;
}

file_place log_file::place(std::uint64_t offset, std::uint64_t line) const {
    file_place result;
    result.device = identity_.device;
    result.inode = identity_.inode;
    result.offset = offset;
    result.line = line;
    result.head =
        file_head(std::string_view(front_).substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(offset, front_.size()))));
    return result;
}

} // namespace rulehost
