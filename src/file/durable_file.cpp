#include "file/durable_file.hpp"

#include "file/errno_error.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace rulehost {

namespace {

// Processes may share the file: each writes one of its own and the last rename wins.
constexpr std::string_view unfinished = ".saving-";

bool try_lock(file_descriptor const& file) {
    return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

/// A file beside `file` that is removed unless it takes its place. Its writer holds a lock on it.
class replacement {
public:
    replacement(std::filesystem::path file, std::string what) : file_(std::move(file)), what_(std::move(what)) {
        do {
            path_ = file_.string() + std::string(unfinished) + "XXXXXX";
            target_ = file_descriptor(::mkostemp(path_.data(), O_CLOEXEC));
            if (!target_) {
                path_.clear();
                throw_errno(what_);
            }
        } while (was_taken_for_abandoned());
    }
    replacement(replacement const&) = delete;
    replacement& operator=(replacement const&) = delete;
    ~replacement() {
        if (!path_.empty())
            ::unlink(path_.c_str());
    }

    void write(std::string_view bytes) { write_all(target_, bytes, what_); }

    /// Syncs first: after a power loss the name must not refer to a file without its contents.
    void take_its_place() {
        sync(target_, what_);
        rename_file(path_, file_, what_);
        path_.clear();
        sync_directory(directory_of(file_), what_);
    }

private:
    /// Removed by a process that saw the file between its creation and the lock on it.
    bool was_taken_for_abandoned() const {
        if (!try_lock(target_) && errno == EWOULDBLOCK)
            return true;
        struct ::stat now {};
        return ::fstat(target_.get(), &now) == 0 && now.st_nlink == 0;
    }

    std::filesystem::path file_;
    std::string what_;
    std::string path_;
    file_descriptor target_;
};

} // namespace

void write_all(file_descriptor const& file, std::string_view bytes, std::string const& what) {
    while (!bytes.empty()) {
        auto const count = ::write(file.get(), bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR)
            throw_errno(what);
        bytes.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
}

void sync(file_descriptor const& file, std::string const& what) {
    if (::fsync(file.get()) != 0 && errno != EINVAL)
        throw_errno(what);
}

void sync_data(file_descriptor const& file, std::string const& what) {
    if (::fdatasync(file.get()) != 0)
        throw_errno(what);
}

bool cut_back(file_descriptor const& file, std::uint64_t size) {
    auto const end = static_cast<off_t>(size);
    return ::ftruncate(file.get(), end) == 0 && ::lseek(file.get(), end, SEEK_SET) >= 0 && ::fdatasync(file.get()) == 0;
}

void sync_directory(std::filesystem::path const& directory, std::string const& what) {
    file_descriptor const opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::fsync(opened.get()) != 0)
        throw_errno(what);
}

void rename_file(std::filesystem::path const& from, std::filesystem::path const& to, std::string const& what) {
    if (::rename(from.c_str(), to.c_str()) != 0)
        throw_errno(what);
}

std::filesystem::path directory_of(std::filesystem::path const& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

std::optional<file_descriptor> lock_file(std::filesystem::path const& path, std::string const& what) {
    file_descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock)
        throw_errno(what);
    if (!try_lock(lock))
        return std::nullopt;
    return lock;
}

void replace_file(std::filesystem::path const& file, std::string_view contents, std::string const& what) {
    replacement next(file, what);
    next.write(contents);
    next.take_its_place();
}

void remove_abandoned_replacements(std::filesystem::path const& file) {
    auto const name = file.filename().string() + std::string(unfinished);
    std::error_code ignored;
    std::filesystem::directory_iterator entry(directory_of(file), ignored);
    for (; entry != std::filesystem::directory_iterator(); entry.increment(ignored)) {
        auto const& path = entry->path();
        if (!path.filename().string().starts_with(name))
            continue;
        file_descriptor const left(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (left && try_lock(left))
            ::unlink(path.c_str());
    }
}

} // namespace rulehost
