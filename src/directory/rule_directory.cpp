#include "directory/rule_directory.hpp"

#include "file/file_descriptor.hpp"
#include "rule/rule_file_name.hpp"

#include <boost/system/error_code.hpp>

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

namespace rulehost {
namespace {

constexpr int deepest = 32;

std::string reason(int error) {
    return boost::system::error_code(error, boost::system::system_category()).message();
}

rule_file unreadable(std::string why) {
    return {rule_file::kind::unreadable, std::move(why)};
}

/// O_NONBLOCK: a FIFO in place of a file must not block until it has a writer.
file_descriptor open_at(int directory, char const* name, int flags) {
    int descriptor;
    do
        descriptor = ::openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
    while (descriptor < 0 && errno == EINTR);
    return file_descriptor(descriptor);
}

/// The real path of an open file. Empty if unknown.
std::string place_of(int descriptor) {
    std::error_code failed;
    auto const link = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor), failed);
    return failed ? std::string() : link.string();
}

/// At most `limit` bytes; empty with errno set.
std::optional<std::string> read_all(int descriptor, std::size_t expected, std::size_t limit) {
    std::string text(std::min(expected, limit) + 1, '\0');
    std::size_t length = 0;
    for (;;) {
        auto const count = ::read(descriptor, text.data() + length, text.size() - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return {};
        length += static_cast<std::size_t>(count);
        if (count == 0 || length > limit)
            break;
        if (length == text.size())
            text.resize(std::min(2 * length, limit + 1));
    }
    text.resize(length);
    return text;
}

std::int64_t nanoseconds(timespec const& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

} // namespace

/// One scan of the whole tree.
class rule_directory::walk {
public:
    walk(rule_directory& owner, reading how, visitor const& entering) : owner_(owner), how_(how), entering_(entering) {}

    rule_files run() {
        enter(AT_FDCWD, owner_.root_.string(), "", 0);
        remove_missing();
        return std::move(result_);
    }

private:
    /// `path` is empty or ends in a slash.
    void enter(int parent, std::string const& name, std::string const& path, int depth) {
        auto const directory = open_at(parent, name.c_str(), O_DIRECTORY);
        if (!directory)
            return fail(path, reason(errno));
        struct stat status {};
        if (::fstat(directory.get(), &status) != 0)
            return fail(path, reason(errno));
        if (!visited_.emplace(status.st_dev, status.st_ino).second)
            return;
        if (depth > deepest)
            return fail(path, "the directories are nested too deeply");
        if (!owner_.is_below_root(directory.get()))
            return fail(path, "it is outside of the rules directory");
        if (entering_)
            entering_(path);
        auto const names = list(directory.get());
        if (!names)
            return fail(path, reason(errno));
        for (auto const& [entry, type] : *names)
            look_at(directory.get(), entry, type, path, depth);
    }

    static std::optional<std::map<std::string, unsigned char>> list(int directory) {
        // A descriptor of its own, because closedir closes it.
        auto own = open_at(directory, ".", O_DIRECTORY);
        std::unique_ptr<DIR, int (*)(DIR*)> const stream(own ? ::fdopendir(own.get()) : nullptr,
                                                         [](DIR* each) { return ::closedir(each); });
        if (!stream)
            return {};
        own.release();
        std::map<std::string, unsigned char> names;
        for (;;) {
            errno = 0;
            auto const* const entry = ::readdir(stream.get());
            if (!entry)
                break;
            if (entry->d_name[0] != '.')
                names.emplace(entry->d_name, entry->d_type);
        }
        if (errno != 0)
            return {};
        return names;
    }

    void look_at(int directory, std::string const& name, unsigned char type, std::string const& path, int depth) {
        bool const named_as_rules = is_rule_file_name(name);
        if (!named_as_rules && type != DT_DIR && type != DT_LNK && type != DT_UNKNOWN)
            return;
        struct stat status {};
        if (type == DT_DIR)
            return enter(directory, name, path + name + '/', depth + 1);
        if (::fstatat(directory, name.c_str(), &status, 0) != 0) {
            // Deleted, or a dangling link: reading it shows which.
            if (named_as_rules)
                note(path + name, owner_.read_at(directory, name, path + name));
            return;
        }
        if (S_ISDIR(status.st_mode))
            return enter(directory, name, path + name + '/', depth + 1);
        if (!named_as_rules)
            return;
        if (how_ == reading::what_may_have_changed) {
            auto const before = owner_.known_.find(path + name);
            if (before != owner_.known_.end() && before->second.confirmed &&
                before->second.print == fingerprint_of(status)) {
                present_.insert(path + name);
                return;
            }
        }
        note(path + name, owner_.read_at(directory, name, path + name));
    }

    void note(std::string const& path, rule_file file) {
        if (file.found != rule_file::kind::absent)
            present_.insert(path);
        result_.insert_or_assign(path, std::move(file));
    }

    void fail(std::string const& path, std::string why) {
        owner_.known_.insert_or_assign(path, seen{});
        note(path, unreadable(std::move(why)));
        unreadable_.push_back(path);
    }

    void remove_missing() {
        std::erase_if(owner_.known_, [this](auto const& known) {
            auto const& path = known.first;
            if (present_.contains(path))
                return false;
            bool const hidden = std::ranges::any_of(
                unreadable_, [&](std::string const& directory) { return path.starts_with(directory); });
            if (!hidden)
                result_.insert_or_assign(path, rule_file{});
            return !hidden;
        });
    }

    rule_directory& owner_;
    reading const how_;
    visitor const& entering_;
    rule_files result_;
    std::set<std::string> present_;
    std::vector<std::string> unreadable_;
    std::set<inode> visited_;
};

rule_directory::rule_directory(std::filesystem::path root) : root_(std::move(root)) {
    if (!open_at(AT_FDCWD, root_.c_str(), O_DIRECTORY))
        throw std::system_error(errno, std::system_category(), "cannot open the rules directory " + root_.string());
}

rule_files rule_directory::scan(reading how, visitor const& entering) {
    return walk(*this, how, entering).run();
}

rule_files rule_directory::read(std::set<std::string> const& paths) {
    rule_files result;
    auto const root = open_at(AT_FDCWD, root_.c_str(), O_DIRECTORY);
    // Without the directory nothing is known of its files; the next scan reports it.
    if (!root)
        return result;
    for (auto const& path : paths)
        result.emplace(path, read_at(root.get(), path, path));
    return result;
}

bool rule_directory::is_linked(std::string const& path) const {
    struct stat status {};
    return ::lstat((root_ / path).c_str(), &status) == 0 && (S_ISLNK(status.st_mode) || status.st_nlink > 1);
}

rule_directory::fingerprint rule_directory::fingerprint_of(struct stat const& status) {
    return {{status.st_dev, status.st_ino}, status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

bool rule_directory::is_below_root(int descriptor) const {
    auto const root = open_at(AT_FDCWD, root_.c_str(), O_DIRECTORY);
    auto const above = root ? place_of(root.get()) : std::string();
    auto const place = place_of(descriptor);
    return !above.empty() && (place == above || place.starts_with(above.ends_with('/') ? above : above + '/'));
}

rule_file rule_directory::read_at(int directory, std::string const& name, std::string const& path) {
    auto const refuse = [&](std::string why) {
        known_.insert_or_assign(path, seen{});
        return unreadable(std::move(why));
    };
    auto const gone = [&] {
        known_.erase(path);
        return rule_file{};
    };

    // Checks the type before opening: opening a device may have effects.
    struct stat status {};
    if (::fstatat(directory, name.c_str(), &status, 0) != 0) {
        int const error = errno;
        bool const is_link = ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
        return is_link || (errno != ENOENT && errno != ENOTDIR) ? refuse(reason(error)) : gone();
    }
    if (S_ISDIR(status.st_mode))
        return gone();
    if (!S_ISREG(status.st_mode))
        return refuse("it is not a regular file");
    auto const file = open_at(directory, name.c_str(), 0);
    if (!file)
        return refuse(reason(errno));
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return refuse("it is not a regular file");
    if (!is_below_root(file.get()))
        return refuse("it is outside of the rules directory");
    auto text = read_all(file.get(), static_cast<std::size_t>(status.st_size), max_file_size);
    if (!text)
        return refuse(reason(errno));
    if (text->size() > max_file_size)
        return refuse("it is larger than 16 MiB");

    auto& known = known_[path];
    auto const print = fingerprint_of(status);
    known.confirmed = known.print == print;
    known.print = print;
    return {rule_file::kind::text, std::move(*text)};
}

} // namespace rulehost
