#include "sql/session/sqlite_copy.hpp"

#include "sql/session/connection_parameters.hpp"

#include <fcntl.h>
#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace rulehost {

namespace {

using kind = database_error::kind;

constexpr int pages_of_a_step = 4096; // 16 MiB

struct closing {
    void operator()(sqlite3* opened) const { sqlite3_close(opened); }
};
using handle = std::unique_ptr<sqlite3, closing>;

[[noreturn]] void fail(sqlite3* opened, std::string const& path, int code) {
    throw database_error(code == SQLITE_FULL ? kind::full : kind::other,
                         path + ": " + (opened ? sqlite3_errmsg(opened) : sqlite3_errstr(code)));
}

handle open(std::string const& path, std::string_view mode, int flags) {
    sqlite3* opened = nullptr;
    auto const code = sqlite3_open_v2(sqlite_uri(path, mode).c_str(), &opened, flags | SQLITE_OPEN_URI, nullptr);
    handle made(opened);
    if (code != SQLITE_OK)
        fail(opened, path, code);
    sqlite3_busy_timeout(opened, lock_wait_seconds * 1000);
    return made;
}

void execute(sqlite3* on, std::string const& path, char const* statement) {
    if (auto const code = sqlite3_exec(on, statement, nullptr, nullptr, nullptr); code != SQLITE_OK)
        fail(on, path, code);
}

void copy_pages(std::string const& from, std::string const& to,
                std::function<void(std::uint64_t, std::uint64_t)> const& progress) {
    auto const source = open(from, read_mode_of(from), SQLITE_OPEN_READONLY);
    auto const target = open(to, "rw", SQLITE_OPEN_READWRITE);
    execute(target.get(), to, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF"); // the caller syncs it as a whole
    // One view of all pages: without it every commit of another process restarts the copy.
    execute(source.get(), from, "BEGIN; SELECT 1 FROM sqlite_master LIMIT 1");
    auto* const copy = sqlite3_backup_init(target.get(), "main", source.get(), "main");
    if (!copy)
        fail(target.get(), to, sqlite3_errcode(target.get()));
    auto code = SQLITE_OK;
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(copy, pages_of_a_step);
        auto const all = static_cast<std::uint64_t>(sqlite3_backup_pagecount(copy));
        progress(all - static_cast<std::uint64_t>(sqlite3_backup_remaining(copy)), all);
    }
    auto const finished = sqlite3_backup_finish(copy);
    if (code != SQLITE_DONE)
        fail(finished == SQLITE_OK ? nullptr : target.get(), to, code);
}

/// Damage of a page is a heading and several lines in one row.
void add_lines(std::vector<std::string>& found, std::string_view row) {
    while (!row.empty()) {
        auto const end = std::min(row.find('\n'), row.size());
        auto const line = row.substr(0, end);
        row.remove_prefix(std::min(end + 1, row.size()));
        if (!line.empty() && line != "ok" && !line.starts_with("***"))
            found.emplace_back(line);
    }
}

} // namespace

void copy_sqlite(std::string const& from, std::string const& to,
                 std::function<void(std::uint64_t, std::uint64_t)> const& progress) {
    auto const made = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0)
        throw std::system_error(errno, std::system_category(), "cannot write " + to);
    ::close(made);
    try {
        copy_pages(from, to, progress);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(to, ignored);
        throw;
    }
}

std::vector<std::string> damage_in(session& sql) {
    std::vector<std::string> found;
    try {
        for (auto const& row : sql.query("PRAGMA integrity_check(20)", 1))
            add_lines(found, row[0].value_or(""));
    } catch (database_error const& error) { // too damaged for a check
        found.emplace_back(error.what());
    }
    return found;
}

} // namespace rulehost
