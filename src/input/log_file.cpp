#include "input/log_file.hpp"

#include "file/errno_error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace rulehost {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t bytes_per_step = 256 * 1024;

/// Result of statx, which includes the creation time of a file.
struct file_status {
    file_identity identity;
    std::uint64_t size = 0;
    std::int64_t modified = 0;
    ::mode_t mode = 0;
};

std::int64_t nanoseconds(struct ::statx_timestamp const& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// Empty on failure, with `errno` set.
std::optional<file_status> look_at(int directory, char const* path, int flags) {
    struct ::statx found {};
    if (::statx(directory, path, flags, STATX_BASIC_STATS | STATX_BTIME, &found) != 0)
        return {};
    file_status status;
    status.identity = {::makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino};
    if ((found.stx_mask & STATX_BTIME) != 0)
        status.identity.born = nanoseconds(found.stx_btime);
    status.size = found.stx_size;
    status.modified = nanoseconds(found.stx_mtime);
    status.mode = found.stx_mode;
    return status;
}

file_status status_of(int descriptor, fs::path const& path) {
    auto const status = look_at(descriptor, "", AT_EMPTY_PATH);
    if (!status)
        throw_errno(path.string());
    return *status;
}

/// Reads up to `buffer.size()` bytes at `offset`.
std::size_t read_at(int descriptor, std::span<char> buffer, std::uint64_t offset, fs::path const& path) {
    for (;;) {
        auto const count = ::pread(descriptor, buffer.data(), buffer.size(), static_cast<::off_t>(offset));
        if (count >= 0)
            return static_cast<std::size_t>(count);
        if (errno != EINTR)
            throw_errno(path.string());
    }
}

/// Empty if `path` is not an accessible regular file.
std::optional<seen_file> seen_at(fs::path const& path) {
    auto const status = look_at(AT_FDCWD, path.c_str(), 0);
    if (!status || !S_ISREG(status->mode))
        return {};
    seen_file seen;
    seen.path = path;
    seen.identity = status->identity;
    seen.size = status->size;
    seen.modified = status->modified;
    return seen;
}

fs::path directory_of(fs::path const& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

std::string_view first(std::string_view text) {
    return text.substr(0, file_place::print_bytes);
}

std::string_view last(std::string_view text) {
    return text.substr(text.size() - std::min(text.size(), file_place::print_bytes));
}

} // namespace

std::vector<seen_file> see_log_files(fs::path const& path, fs::path const& remembered) {
    std::vector<seen_file> all;
    auto live = seen_at(path);
    if (live) {
        live->what = seen_file::kind::live;
        all.push_back(*live);
    }
    std::error_code problem;
    auto const is_link = fs::is_symlink(path, problem);
    auto const target = fs::canonical(path, problem);
    std::vector<fs::path> names{path};
    for (auto const* each : {&target, &remembered})
        if (!each->empty() && std::ranges::find(names, *each) == names.end())
            names.push_back(*each);
    auto const is_rotated = [&](std::string const& name) {
        return std::ranges::any_of(names, [&](fs::path const& each) {
            auto const log = each.filename().string();
            auto const is_series = (is_link || each == remembered) && each != path;
            return is_rotated_name(name, log) || (is_series && is_same_series(name, log));
        });
    };
    for (auto const& log : names) {
        for (fs::directory_iterator each(directory_of(log), problem), end; !problem && each != end;
             each.increment(problem)) {
            auto seen = seen_at(each->path());
            auto const is_known = [&](seen_file const& other) {
                return seen->path == other.path ||
                    (seen->identity == other.identity && (other.what == seen_file::kind::live || log != names.front()));
            };
            if (!seen || std::ranges::any_of(all, is_known))
                continue;
            auto const name = seen->path.filename().string();
            seen->packed = packing_of(name);
            if (is_rotated(name))
                seen->what = seen_file::kind::rotated;
            all.push_back(std::move(*seen));
        }
    }
    return all;
}

std::optional<log_file> log_file::open(fs::path path, packing packed) {
    // A FIFO in place of the file must not block the open.
    file_descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (opened.get() < 0 && errno == ENOENT)
        return {};
    if (opened.get() < 0)
        throw_errno(path.string());
    auto const status = status_of(opened.get(), path);
    if (S_ISDIR(status.mode))
        throw std::system_error(std::make_error_code(std::errc::is_a_directory), path.string());
    if (!S_ISREG(status.mode))
        throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                                path.string() + " is not a regular file");
    return log_file(std::move(path), std::move(opened), packed);
}

log_file::log_file(fs::path path, file_descriptor descriptor, packing packed)
    : path_(std::move(path)), descriptor_(std::move(descriptor)), packed_(packed) {
    auto const status = status_of(descriptor_.get(), path_);
    identity_ = status.identity;
    modified_ = status.modified;
    if (packed_ == packing::gzip || packed_ == packing::zstd)
        unpacker_.emplace(packed_, descriptor_.get());
}

std::uint64_t log_file::size() const {
    return status_of(descriptor_.get(), path_).size;
}

std::int64_t log_file::modified() const {
    return status_of(descriptor_.get(), path_).modified;
}

std::string log_file::content(std::uint64_t from, std::uint64_t to) const {
    std::string text(static_cast<std::size_t>(to - from), '\0');
    text.resize(read_at(descriptor_.get(), text, from, path_));
    return text;
}

std::optional<std::size_t> log_file::read(std::span<char> buffer) {
    auto const count = unpacker_ ? unpack(buffer) : read_at(descriptor_.get(), buffer, offset_, path_);
    // Check the bytes before it afterwards: the file may be truncated at any time.
    if (!is_intact())
        return {};
    remember(buffer.first(count));
    offset_ += count;
    return count;
}

bool log_file::has_more() {
    char next = 0;
    return unpacker_ ? read({&next, 1}).value_or(0) > 0 || !unpacker_->damage().empty() : size() > offset_;
}

std::size_t log_file::unpack(std::span<char> buffer) {
    if (unread_.empty())
        return unpacker_->read(buffer);
    auto const count = unread_.copy(buffer.data(), buffer.size());
    unread_.erase(0, count);
    return count;
}

void log_file::unread(std::span<char const> bytes) {
    if (unpacker_)
        unread_.insert(0, bytes.data(), bytes.size());
    offset_ -= bytes.size();
    recent_.resize(recent_.size() - bytes.size());
    front_.resize(std::min<std::uint64_t>(front_.size(), offset_));
}

void log_file::remember(std::span<char const> piece) {
    if (piece.empty())
        return;
    if (front_.size() < file_place::print_bytes && front_.size() == offset_)
        front_.append(piece.data(), std::min(piece.size(), file_place::print_bytes - front_.size()));
    recent_.erase(0, recent_.size() - std::min(recent_.size(), file_place::print_bytes));
    recent_.append(piece.data(), piece.size());
}

void log_file::seek(std::uint64_t offset) {
    if (unpacker_) {
        if (offset == offset_)
            return;
        unpacker_.emplace(packed_, descriptor_.get());
        unread_.clear();
        offset_ = 0;
        front_.clear();
        recent_.clear();
        return;
    }
    offset_ = offset;
    front_ = content(0, std::min<std::uint64_t>(offset, file_place::print_bytes));
    recent_ = content(offset - std::min<std::uint64_t>(offset, file_place::print_bytes), offset);
}

bool log_file::approach(file_place const& place) {
    if (!unpacker_) {
        if (size() >= place.offset && offset_ != place.offset)
            seek(place.offset);
        return false;
    }
    if (offset_ > place.offset)
        seek(0);
    // A file that begins differently need not be unpacked.
    if (offset_ >= place.offset || (offset_ >= file_place::print_bytes && file_print(first(front_)) != place.head))
        return false;
    std::string buffer(static_cast<std::size_t>(std::min<std::uint64_t>(place.offset - offset_, bytes_per_step)), '\0');
    return read(buffer).value_or(0) > 0;
}

bool log_file::reads_like(file_place const& place) const {
    return offset_ == place.offset && front_.size() == std::min<std::uint64_t>(place.offset, file_place::print_bytes) &&
        file_print(front_) == place.head && (place.tail.empty() || file_print(last(recent_)) == place.tail);
}

bool log_file::is_intact() {
    if (unpacker_)
        return true;
    auto const before = last(recent_);
    auto const status = status_of(descriptor_.get(), path_);
    if (status.size < offset_ || content(0, front_.size()) != front_ ||
        content(offset_ - before.size(), offset_) != before)
        return false;
    modified_ = status.modified;
    return true;
}

bool log_file::is_at_hole() const {
    auto const next = content(offset_, offset_ + 1);
    return !next.empty() && next[0] == '\0';
}

log_file::hole log_file::hole_from(std::uint64_t known) const {
    hole found;
    found.end = std::max(known, offset_);
    // The filesystem skips bytes that were never written; reading them would take long.
    if (auto const data = ::lseek(descriptor_.get(), static_cast<::off_t>(found.end), SEEK_DATA); data >= 0)
        found.end = static_cast<std::uint64_t>(data);
    else if (errno == ENXIO)
        found.end = std::max(found.end, size());
    auto const piece = content(found.end, found.end + bytes_per_step);
    auto const written = piece.find_first_not_of('\0');
    found.has_data = written != piece.npos;
    found.end += found.has_data ? written : piece.size();
    return found;
}

std::string log_file::front(std::size_t size) {
    if (!unpacker_)
        return content(0, size);
    seek(0);
    std::string text(size, '\0');
    std::size_t got = 0;
    while (got < size) {
        auto const count = unpacker_->read(std::span(text).subspan(got));
        if (count == 0)
            break;
        got += count;
    }
    text.resize(got);
    unpacker_.emplace(packed_, descriptor_.get());
    return text;
}

file_place log_file::place(std::uint64_t offset, std::uint64_t line) const {
    file_place result;
    result.device = identity_.device;
    result.inode = identity_.inode;
    result.born = identity_.born;
    result.offset = offset;
    result.line = line;
    result.size = size();
    result.modified = modified_;
    auto const inside = static_cast<std::size_t>(std::min<std::uint64_t>(offset, front_.size()));
    result.head = file_print(std::string_view(front_).substr(0, inside));
    // Uses the bytes as read, not as they are now; a partial line may be longer than the remembered front.
    auto const behind = offset_ - offset;
    auto const wanted = std::min<std::uint64_t>(offset, file_place::print_bytes);
    if (behind + wanted <= recent_.size())
        result.tail = file_print(std::string_view(recent_).substr(recent_.size() - behind - wanted, wanted));
    else if (!unpacker_)
        result.tail = file_print(content(offset - wanted, offset));
    return result;
}

} // namespace rulehost
