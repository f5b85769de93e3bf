#include "store/filesystem/directory_watch.hpp"

#include "file/errno_error.hpp"
#include "file/file_descriptor.hpp"
#include "rule/rule_file_name.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace rulehost {
namespace {

constexpr std::uint32_t of_interest =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t of_interest_in_parent = IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR;

/// Number of reads after which the loop gets its turn, however fast others write.
constexpr int max_reads = 64;

file_descriptor new_inotify() {
    file_descriptor made(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!made)
        throw_errno("no inotify instance is left");
    return made;
}

std::filesystem::path without_trailing_slash(std::filesystem::path const& path) {
    auto const whole = std::filesystem::absolute(path).lexically_normal();
    return whole.has_filename() ? whole : whole.parent_path();
}

} // namespace

bool directory_watch::is_available() {
    return true;
}

directory_watch::directory_watch(boost::asio::any_io_executor executor, std::filesystem::path root)
    : root_(without_trailing_slash(root)), inotify_(std::move(executor)) {
    auto made = new_inotify();
    inotify_.assign(made.get());
    made.release();
    watch_parent();
}

bool directory_watch::watch(std::string const& path) {
    std::lock_guard const lock(mutex_);
    int const watched = ::inotify_add_watch(inotify_.native_handle(), (root_ / path).c_str(), of_interest);
    if (watched < 0)
        return errno == ENOENT || errno == ENOTDIR; // removed meanwhile; the parent directory reports it
    watched_.insert_or_assign(watched, path);
    confirmed_.insert(watched);
    return true;
}

void directory_watch::unwatch_others() {
    std::lock_guard const lock(mutex_);
    std::erase_if(watched_, [this](auto const& each) {
        bool const gone = !confirmed_.contains(each.first);
        if (gone)
            ::inotify_rm_watch(inotify_.native_handle(), each.first);
        return gone;
    });
    confirmed_.clear();
    watch_parent();
}

void directory_watch::watch_parent() {
    // May fail, for example if the parent is unreadable: then a rescan finds a replaced directory.
    int const parent =
        ::inotify_add_watch(inotify_.native_handle(), root_.parent_path().c_str(), of_interest_in_parent);
    if (parent != parent_ && parent_ >= 0)
        ::inotify_rm_watch(inotify_.native_handle(), parent_);
    parent_ = parent;
}

boost::asio::awaitable<void> directory_watch::readable() {
    return inotify_.async_wait(boost::asio::posix::stream_descriptor::wait_read, boost::asio::use_awaitable);
}

directory_hints directory_watch::drain() {
    directory_hints hints;
    alignas(inotify_event) std::array<char, 64 * 1024> buffer;
    for (int reads = 0; reads != max_reads; ++reads) {
        auto const length = ::read(inotify_.native_handle(), buffer.data(), buffer.size());
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0 && errno != EAGAIN)
            throw_errno("cannot read from inotify");
        if (length <= 0)
            break;
        for (auto const* next = buffer.data(); next != buffer.data() + length;) {
            inotify_event event{};
            std::memcpy(&event, next, sizeof event);
            std::string const name(event.len == 0 ? "" : next + sizeof event);
            next += sizeof event + event.len;
            std::lock_guard const lock(mutex_);
            interpret(event.wd, event.mask, name, hints);
        }
    }
    return hints;
}

void directory_watch::interpret(int watched, std::uint32_t what, std::string const& name, directory_hints& hints) {
    if ((what & IN_Q_OVERFLOW) != 0) {
        hints.tree = true;
        return;
    }
    if (watched == parent_) {
        hints.tree = hints.tree || name == root_.filename();
        return;
    }
    auto const directory = watched_.find(watched);
    if (directory == watched_.end())
        return;
    if ((what & IN_IGNORED) != 0) {
        watched_.erase(directory);
        return;
    }
    if ((what & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
        hints.tree = true;
        return;
    }
    auto const path = directory->second + name;
    bool const is_directory = (what & IN_ISDIR) != 0;
    bool const is_linked_directory =
        std::ranges::any_of(watched_, [&](auto const& each) { return each.second == path + '/'; });
    if (name == "..data" || is_linked_directory || (is_directory && !name.starts_with('.')))
        hints.tree = true;
    else if (!is_directory && is_rule_file_name(name))
        ((what & IN_CREATE) != 0 ? hints.created : hints.files).insert(path);
}

} // namespace rulehost
