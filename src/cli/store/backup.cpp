#include "cli/store/backup.hpp"

#include "cli/one_shot.hpp"
#include "cli/terminal.hpp"
#include "file/durable_file.hpp"
#include "sql/session/database_url.hpp"
#include "sql/session/schema.hpp"
#include "sql/session/sqlite_copy.hpp"
#include "sql/store_counts.hpp"
#include "text/plural.hpp"

#include <rulehost/diagnostic.hpp>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace rulehost::cli {

namespace fs = std::filesystem;

namespace {

struct backup_options {
    std::string store;
    std::string file;
    bool force = false;
    bool live = false;
    bool dry_run = false;
};

void say(std::string const& line) {
    std::cerr << "rulehost: " << escape_for_terminal(line) << std::endl;
}

/// The file of an SQLite store. Throws std::invalid_argument for a server, with the program to use instead.
database_url file_of(backup_options const& options, std::string_view done_by_server) {
    auto url = parse_database_url(options.store);
    if (url.kind != database_kind::sqlite)
        throw std::invalid_argument("a server is backed up and restored by its own programs: " +
                                    std::string(done_by_server));
    if (url.in_memory())
        throw std::invalid_argument("a store in memory has no file");
    return url;
}

std::string_view server_program(backup_options const& options, bool backup) {
    return parse_database_url(options.store).kind == database_kind::postgresql
        ? (backup ? "pg_dump --format=custom --file=FILE DATABASE"
                  : "stop the workers; pg_restore --clean --if-exists --dbname=DATABASE FILE")
        : (backup ? "mariadb-dump --single-transaction --triggers --result-file=FILE DATABASE"
                  : "stop the workers; mariadb DATABASE < FILE");
}

std::string text_of(store_counts const& counts) {
    return "revision " + std::to_string(counts.revision) + ", " + plural(counts.rules, "rule") + ", " +
        plural(counts.states, "decision") + ", " + plural(counts.tags, "tag");
}

/// A copy beside its destination, removed unless it replaces that. Throws std::runtime_error while another
/// process makes one for the same destination.
class staged_copy {
public:
    staged_copy(std::string const& from, fs::path target)
        : target_(std::move(target)),
          path_(target_.string() + ".partial"),
          alone_(lock_file(path_ + ".lock", "cannot write " + target_.string())) {
        if (!alone_)
            throw std::runtime_error(target_.string() + " is being written by another process");
        remove(); // the rest of an interrupted copy
        progress_line line;
        auto const progress = [&](std::uint64_t done, std::uint64_t all) {
            line.show("page " + std::to_string(done) + " of " + std::to_string(all));
        };
        copy_sqlite(from, path_, progress);
        sync(file_descriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)), "cannot write " + path_);
    }
    staged_copy(staged_copy const&) = delete;
    staged_copy& operator=(staged_copy const&) = delete;
    ~staged_copy() {
        remove();
        std::error_code ignored;
        fs::remove(path_ + ".lock", ignored);
    }

    database_url url() const {
        database_url url;
        url.path = path_;
        return url;
    }

    enum class former { overwritten, kept };
    /// Throws std::system_error, also if the destination exists and must stay. As root, gives the copy to the owner of the
    /// overwritten file.
    void take_its_place(former what) {
        auto const problem = "cannot write " + target_.string();
        for (auto const* const suffix : {"-wal", "-shm"}) // left by readers of the copy
            fs::remove(path_ + suffix);
        struct ::stat present {};
        auto const is_there = ::stat(target_.c_str(), &present) == 0;
        if (is_there && ::geteuid() == 0 && ::chown(path_.c_str(), present.st_uid, present.st_gid) != 0)
            throw std::system_error(errno, std::system_category(), problem);
        if (what == former::overwritten || !is_there)
            for (auto const* const suffix :
                 {"-wal", "-shm"}) // of the former file: SQLite would replay them over this one
                fs::remove(target_.string() + suffix);
        if (what == former::kept) {
            if (::link(path_.c_str(), target_.c_str()) != 0)
                throw std::system_error(errno, std::system_category(), problem);
            remove();
        } else {
            rename_file(path_, target_, problem);
        }
        sync_directory(directory_of(target_), problem);
    }

private:
    void remove() const {
        std::error_code ignored;
        for (auto const* const suffix : {"", "-wal", "-shm"})
            fs::remove(path_ + suffix, ignored);
    }

    fs::path target_;
    std::string path_;
    std::optional<file_descriptor> alone_;
};

/// Runs `act` and adds the name of the store to errors of the database.
template <class Action>
auto naming(database_url const& url, Action act) {
    try {
        return act();
    } catch (database_error const& error) {
        throw std::runtime_error(url.display() + ": " + error.what());
    }
}

exit_code refuse(std::string const& why) {
    complain(why);
    return exit_code::findings;
}

/// Whether a copy is undamaged; names the damage as that of `name`.
bool is_sound(session& copy, std::string const& name) {
    auto const damage = damage_in(copy);
    for (auto const& line : damage)
        complain(name + ": " + line);
    return damage.empty();
}

exit_code back_up(backup_options const& options) {
    auto const url = file_of(options, server_program(options, true));
    require_existing(options.store);
    fs::path const file(options.file);
    std::error_code unknown;
    if (fs::equivalent(file, url.path, unknown))
        throw std::invalid_argument(options.file + " is the store itself");
    if (!options.force && fs::exists(fs::symlink_status(file, unknown)))
        throw std::invalid_argument(options.file + " exists; --force overwrites it");
    return naming(url, [&] {
        open_to_read(url, 1);
        staged_copy copy(url.path, file);
        std::optional<store_counts> counts;
        {
            session sql(copy.url(), {.access = database_access::existing});
            if (is_sound(sql, url.display()))
                counts = count_store(sql);
        }
        if (!counts)
            return refuse(url.display() + " is damaged; " + options.file + " is left as it is");
        copy.take_its_place(options.force ? staged_copy::former::overwritten : staged_copy::former::kept);
        say(options.file + ": " + text_of(*counts));
        return exit_code::ok;
    });
}

/// The backup, and the present store at the destination.
struct replacement {
    store_counts from;
    std::optional<store_counts> present; ///< empty: there is no file, or no store that can be read
    std::vector<std::string> users;      ///< of the present one
};

void describe(replacement const& what, backup_options const& options, database_url const& url) {
    say(options.file + ": " + text_of(what.from));
    if (!what.present)
        return;
    say(url.display() + ": " + text_of(*what.present));
    auto const lost = [](auto present, auto restored) { return present > restored ? present - restored : 0; };
    say("what was written since is lost: " + plural(lost(what.present->revision, what.from.revision), "change") +
        " of rules and decisions, " + plural(lost(what.present->tags, what.from.tags), "tag"));
}

/// Checkpoints the file. True: another process still uses its log.
bool is_open_elsewhere(database_url const& url) {
    {
        session whole(url, {.access = database_access::existing});
        whole.query("SELECT COUNT(*) FROM sqlite_master", 1);
    }
    return fs::exists(url.path + "-wal"); // the last process to close the file removes it
}

std::string kept_name(database_url const& url) {
    return url.path + ".replaced";
}

/// Keeps the file and its log under another name. A crash in between leaves a state that can be restored again.
void set_aside(database_url const& url) {
    fs::path const file(url.path);
    auto const kept = kept_name(url);
    auto const problem = "cannot keep the former store as " + kept;
    if (::link(file.c_str(), kept.c_str()) != 0)
        throw std::system_error(errno, std::system_category(), problem);
    if (fs::exists(file.string() + "-wal"))
        rename_file(file.string() + "-wal", kept + "-wal", problem);
    fs::remove(file.string() + "-shm");
}

exit_code restore(backup_options const& options) {
    auto url = file_of(options, server_program(options, false));
    url.path = fs::weakly_canonical(url.path).string(); // replaces the target of a symbolic link, not the link
    database_url backup;
    backup.path = options.file;
    std::error_code unknown;
    if (!fs::exists(backup.path, unknown))
        throw std::runtime_error(options.file + ": no such file");
    if (fs::equivalent(backup.path, url.path, unknown))
        throw std::invalid_argument(options.file + " is the store itself");
    naming(backup, [&] { open_to_read(backup, 1); });
    for (auto const* const suffix : {"", "-wal"})
        if (!options.dry_run && fs::exists(kept_name(url) + suffix, unknown))
            throw std::runtime_error(kept_name(url) + suffix + " exists, from an earlier restore; move it away");
    staged_copy copy(backup.path, url.path);
    replacement what;
    auto const sound = naming(backup, [&] {
        session sql(copy.url(), {.access = database_access::existing});
        if (!is_sound(sql, options.file))
            return false;
        what.from = count_store(sql);
        // Makes followers of the former store reload everything, even if revisions have advanced since.
        sql.execute("UPDATE ttp_revision SET database_id = lower(hex(randomblob(16)))");
        if (what.from.version >= version_of_rule_tables)
            sql.execute("DELETE FROM ttp_worker"); // outdated; running workers report again
        return true;
    });
    if (!sound)
        return refuse(options.file + " is damaged, and is not restored");
    auto const is_there = fs::exists(url.path);
    auto is_open = false;
    std::string unreadable;
    if (is_there) {
        try {
            naming(url, [&] {
                {
                    auto sql = open_to_read(url, 1);
                    what.present = count_store(sql);
                    what.users = users_of(sql);
                }
                is_open = is_open_elsewhere(url);
            });
        } catch (std::runtime_error const& problem) { // a damaged store is the reason to restore
            unreadable = problem.what();
        }
    }
    describe(what, options, url);
    if (!unreadable.empty())
        say(unreadable + "; whether hosts use it is not known");
    for (auto const& each : what.users)
        say("works on it: " + each);
    if (options.dry_run)
        return exit_code::ok;
    if (!options.live && (is_open || !what.users.empty()))
        return refuse("the store is in use; stop its hosts first, or let them go on with the restored one by --live");
    if (!options.live && !unreadable.empty())
        return refuse("nothing was changed; stop its hosts, and restore with --live");
    if (is_there)
        set_aside(url);
    copy.take_its_place(staged_copy::former::overwritten);
    auto said = std::string("restored");
    if (is_there)
        said += "; the former store is kept as " + kept_name(url);
    if (fs::exists(kept_name(url) + "-wal"))
        said += " with its log " + kept_name(url) + "-wal: move both, or the contents of the log are lost";
    say(said);
    return exit_code::ok;
}

using backup_options_ptr = std::shared_ptr<backup_options>;

CLI::App* add(CLI::App& store, std::string const& name, std::string const& what, backup_options_ptr const& options,
              std::string const& file) {
    auto* const command = store.add_subcommand(name, what);
    add_store_option(*command, options->store)->required();
    command->add_option("FILE", options->file, file)->required();
    return command;
}

} // namespace

void add_store_backup(CLI::App& store, exit_code& result) {
    auto const options = std::make_shared<backup_options>();
    auto* const command = add(store, "backup", "Copy an SQLite store while hosts write to it", options, "The new file");
    command->add_flag("--force", options->force, "Overwrite FILE");
    command->footer("Example: rulehost store backup --store sqlite:var/rulehost.db rulehost.backup\n"
                    "FILE is whole or not there, and can be read by its owner only. Exit code 1: the store is damaged, "
                    "and FILE is\n"
                    "left as it is. Servers have pg_dump and mariadb-dump.");
    command->callback([options, &result] { result = back_up(*options); });
}

void add_store_restore(CLI::App& store, exit_code& result) {
    auto const options = std::make_shared<backup_options>();
    auto* const command =
        add(store, "restore", "Replace an SQLite store by a backup", options, "What `store backup` made");
    command->add_flag("--live", options->live, "Also while hosts use the store: they go on with the restored one");
    command->add_flag("--dry-run", options->dry_run, "Print what would be lost and change nothing");
    command->footer(
        "Example: rulehost store restore --store sqlite:var/rulehost.db rulehost.backup\n"
        "FILE has to be an undamaged store. What stood there before is kept as PATH.replaced. Exit code 1: FILE\n"
        "is damaged, or the store is in use.");
    command->callback([options, &result] { result = restore(*options); });
}

} // namespace rulehost::cli
