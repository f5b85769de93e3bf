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

/// Where something may have happened. Paths are those of `rule_directory`.
struct directory_hints {
    std::set<std::string> files;   ///< written, moved or deleted
    std::set<std::string> created; ///< named, and perhaps not written yet
    bool tree = false;             ///< directories came or went, or hints were lost: look everywhere

    bool empty() const { return !tree && files.empty() && created.empty(); }
    void merge(directory_hints&& other) {
        files.merge(other.files);
        created.merge(other.created);
        tree = tree || other.tree;
    }
};

/// inotify on a rules directory: hints and nothing but hints. Says nothing about files that hold no rules.
/// Used on one executor, but for `watch`.
class directory_watch {
public:
    /// Whether this build can watch at all (RULEHOST_INOTIFY).
    static bool is_available();

    /// Throws std::system_error when the kernel has no inotify instance left, or where it is not available.
    directory_watch(boost::asio::any_io_executor executor, std::filesystem::path root);

    /// Watches the directory at `path` (empty or ending in `/`); call it before its entries are listed. False
    /// when the kernel refuses: then that directory is left to the rescans. From any thread.
    bool watch(std::string const& path);
    /// Forgets every directory that was not watched again since the last call.
    void unwatch_others();

    /// Returns when there is something to drain. Cancellation ends it with `operation_aborted`.
    boost::asio::awaitable<void> readable();
    /// Changes since the last call. Never blocks.
    directory_hints drain();

private:
    void interpret(int watched, std::uint32_t what, std::string const& name, directory_hints& hints);
    void watch_parent();

    std::filesystem::path root_;
    boost::asio::posix::stream_descriptor inotify_;
    std::mutex mutex_;                   ///< for the following
    int parent_ = -1;                    ///< tells when the rules directory itself is replaced
    std::map<int, std::string> watched_; ///< watch descriptor -> path
    std::set<int> confirmed_;            ///< watched again since forget_others
};

} // namespace rulehost
