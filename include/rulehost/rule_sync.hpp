#pragma once

#include <rulehost/database_rule_store.hpp>
#include <rulehost/filesystem_rule_store.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rulehost {

struct rule_sync_options {
    /// Names this projection: its lease, and the `updated_by` of the rows it writes. Rows of another author are
    /// overwritten if a file differs, and never deleted.
    std::string name = "sync";
    std::string holder; ///< names this process in the lease; empty: host, pid and a random number
    duration lease = std::chrono::seconds{15}; ///< how long after a master died another one takes over
    /// False: deletions that look like an accident (all rules of this projection, or over ten and over a third of them
    /// within ten minutes, by any master) are withheld: these rows stay until their files are back.
    bool allow_deletions = false;
    /// Called with one line when this master begins, waits or fails, and for each rule that the database rejects.
    std::function<void(std::string const&)> log;
    /// Called after each rule that a pass writes, with how many of how many it has looked at; may be empty.
    std::function<void(std::size_t done, std::size_t all)> progress;
    /// Called once when deletions begin to be withheld, which needs a person's attention. Empty: `log` is called.
    std::function<void(std::string const&)> error;
};

/// Outcome of one pass over the whole directory.
struct sync_result {
    std::size_t written = 0;
    std::size_t deleted = 0;
    std::size_t unchanged = 0;
    std::size_t pinned = 0;          ///< whose files differ from the rows, which stay because of a pin
    std::size_t skipped_invalid = 0; ///< invalid texts; the rows that they would replace are kept
    std::size_t withheld = 0;        ///< deletions that look like an accident; these rows are kept
    std::size_t refused = 0;         ///< rejected by the database one by one; these rows are kept
};

/// The master: projects the rules of a directory into a database, one transaction a rule. Of several masters the
/// one that holds the lease works; the others wait for it. A rule that is pinned (`database_rule_store::roll_back`) stays
/// as it is until its file has another text, or the pin is taken back.
///
/// Both stores outlive it and are used on their executor. It reads files through `files`, whose `run()` must run, or no
/// change is noticed.
class sync_from_filesystem {
public:
    /// Throws std::invalid_argument for a lease under a second or a name the table cannot hold.
    sync_from_filesystem(filesystem_rule_store& files, database_rule_store& database, time_source& time,
                         rule_sync_options options);
    ~sync_from_filesystem();

    /// Runs one pass: edits and deletions, including those made while no master ran. Empty if another master holds the
    /// lease. Throws `store_unavailable`; rows written so far stay, and the next pass does the rest.
    boost::asio::awaitable<std::optional<sync_result>> synchronise();

    /// Waits for the lease, synchronises, then follows every change of the directory, until it is cancelled or
    /// `files` is destroyed. Survives losing the database. Gives the lease back at the end. Call it once.
    ///
    /// A rejected rule delays no other. It is logged with file and reason (the first ten of a pass), and retried after
    /// ten minutes or when the file changes. So are withheld deletions.
    boost::asio::awaitable<void> run();

    /// Number of rules that the database rejects, as of their last attempts.
    std::size_t refused() const;

    /// Number of pinned rules, as of the last look at the database, every third of a lease.
    std::size_t pinned() const;

    /// Number of withheld deletions, as of the last pass.
    std::size_t withheld() const;

private:
    class implementation;
    std::unique_ptr<implementation> implementation_;
};

} // namespace rulehost
