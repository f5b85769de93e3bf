#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace rulehost {

/// Entry of a rules directory.
struct rule_file {
    enum class kind { text, unreadable, absent };

    kind found = kind::absent;
    std::string text; ///< content; of an unreadable file: the reason

    friend bool operator==(rule_file const&, rule_file const&) = default;
};

/// By path below the rules directory. A path that ends in `/` (or is empty: the rules directory itself) is an
/// unreadable directory; the files below it count neither as present nor as gone.
using rule_files = std::map<std::string, rule_file>;

/// Reads the rule files of a directory tree. Blocking, but never for long: only regular files are read, up to a limit;
/// symbolic links are followed if they stay below the directory and form no cycle. Skips directories whose names start
/// with a dot (`.git`, and the generations of a ConfigMap, whose files are reached through links).
class rule_directory {
public:
    static constexpr std::size_t max_file_size = 16 * 1024 * 1024;

    enum class reading {
        everything,
        what_may_have_changed, ///< skips files whose inode shows no change
    };
    /// Called with the path of each directory before its entries are listed, so that a watch set there misses nothing.
    using visitor = std::function<void(std::string const& path)>;

    /// Throws std::system_error when the directory cannot be opened.
    explicit rule_directory(std::filesystem::path root);

    std::filesystem::path const& root() const { return root_; }

    /// Scans the whole tree. Returns the files that were read, unreadable or removed.
    rule_files scan(reading how, visitor const& entering = {});
    /// Scans these paths.
    rule_files read(std::set<std::string> const& paths);
    /// Whether the file at `path` was put there by a link. Such a file is complete when its name appears; any other
    /// once its writer closes it.
    bool is_linked(std::string const& path) const;

private:
    class walk;
    using inode = std::pair<dev_t, ino_t>;

    /// Distinguishes contents of a file without reading it. Two writes within one tick of the kernel's clock look
    /// alike, so it counts only after the file was read a second time.
    struct fingerprint {
        inode file{};
        off_t size = 0;
        std::int64_t modified = 0; ///< nanoseconds
        std::int64_t changed = 0;
        friend bool operator==(fingerprint const&, fingerprint const&) = default;
    };
    struct seen {
        fingerprint print;
        bool confirmed = false;
    };

    static fingerprint fingerprint_of(struct stat const& status);
    bool is_below_root(int descriptor) const;
    rule_file read_at(int directory, std::string const& name, std::string const& path);

    std::filesystem::path root_;
    std::map<std::string, seen> known_; ///< every path that was present at the last scan
};

} // namespace rulehost
