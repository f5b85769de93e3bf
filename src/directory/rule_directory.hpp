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
    std::string text; ///< the bytes; of an unreadable file: why

    friend bool operator==(rule_file const&, rule_file const&) = default;
};

/// By path below the rules directory. A path that ends in `/` (or is empty: the rules directory itself) is a
/// directory that cannot be read; the files below it are then neither there nor gone.
using rule_files = std::map<std::string, rule_file>;

/// Reads the rule files of a directory tree. Blocking, but never for long: only regular files are read, up to a
/// limit; symbolic links are followed as long as they stay below the directory and do not lead in circles.
/// Directories whose names start with a dot are passed over (`.git`, and the generations of a ConfigMap, whose
/// files are reached through links).
class rule_directory {
public:
    static constexpr std::size_t max_file_size = 16 * 1024 * 1024;

    enum class reading {
        everything,
        what_may_have_changed, ///< passes over files whose inode tells that they are as they were
    };
    /// Called with the path of each directory before its entries are listed, so that nothing can slip in between
    /// if it sets a watch.
    using visitor = std::function<void(std::string const& path)>;

    /// Throws std::system_error when the directory cannot be opened.
    explicit rule_directory(std::filesystem::path root);

    std::filesystem::path const& root() const { return root_; }

    /// Looks at the whole tree. Returns what was read, what cannot be read and what is gone.
    rule_files scan(reading how, visitor const& entering = {});
    /// Looks at the files of these paths.
    rule_files read(std::set<std::string> const& paths);
    /// Whether the file at `path` was put there by a link. Such a file is complete when its name appears; another
    /// one only when its writer closes it.
    bool is_linked(std::string const& path) const;

private:
    class walk;
    using inode = std::pair<dev_t, ino_t>;

    /// Tells one content of a file from another without reading it. Two writes within one tick of the kernel's
    /// clock look alike, so it counts only after the file was read a second time.
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
    std::map<std::string, seen> known_; ///< every path that was not absent when it was last looked at
};

} // namespace rulehost
