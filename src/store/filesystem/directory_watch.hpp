#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace rulehost {

/// Paths that may have changed, as those of `rule_directory`.
struct directory_hints {
    std::set<std::string> files;   ///< written, moved or deleted
    std::set<std::string> created; ///< created, perhaps not written yet
    bool tree = false;             ///< directories were added or removed, or hints were lost: rescan everything

    bool empty() const { return !tree && files.empty() && created.empty(); }
    void merge(directory_hints&& other) {
        files.merge(other.files);
        created.merge(other.created);
        tree = tree || other.tree;
    }
};

/// inotify on a rules directory: gives hints only. Ignores files without rules. Used on one executor, except `watch`.
class directory_watch {
public:
    /// Whether this build can watch at all (RULEHOST_INOTIFY).
    static bool is_available();

    /// Throws std::system_error if the kernel has no inotify instance left, or inotify is not available.
    directory_watch(boost::asio::any_io_executor executor, std::filesystem::path root);

    /// Watches the directory at `path` (empty or ending in `/`); call it before its entries are listed. False if the
    /// kernel rejects the watch: then only rescans cover the directory. From any thread.
    bool watch(std::string const& path);
    /// Removes the watch of every directory that was not watched again since the last call.
    void unwatch_others();

    /// Returns when there are events to drain. Cancellation ends it with `operation_aborted`.
    boost::asio::awaitable<void> readable();
    /// Changes since the last call. Never blocks.
    directory_hints drain();

private:
    void interpret(int watched, std::uint32_t what, std::string const& name, directory_hints& hints);
    void watch_parent();

    std::filesystem::path root_;
    boost::asio::posix::stream_descriptor inotify_;
    std::mutex mutex_;                   ///< for the following
    int parent_ = -1;                    ///< reports when the rules directory itself is replaced
    std::map<int, std::string> watched_; ///< watch descriptor -> path
    std::set<int> confirmed_;            ///< watched again since `unwatch_others`
};

} // namespace rulehost
