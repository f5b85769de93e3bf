#pragma once

#include <rulehost/database_access.hpp>
#include <rulehost/database_faults.hpp>
#include <rulehost/lease.hpp>
#include <rulehost/rule_store.hpp>
#include <rulehost/time_source.hpp>
#include <rulehost/worker_row.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rulehost {

class call_watch;

/// The database is there, and refused this very call: a statement longer than it reads, a constraint, a right that is
/// missing. The same call will be refused again until somebody changes one of the two.
class call_refused : public store_unavailable {
public:
    using store_unavailable::store_unavailable;
};

/// The tables were made by a newer program, for which this one is too old: waiting does not help.
class store_unsupported : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct database_store_options {
    /// `sqlite:PATH`, `sqlite::memory:`, `postgresql://user:pw@host:port/db`, `mariadb://user:pw@host:port/db`.
    std::string url = "sqlite::memory:";
    database_access access = database_access::create; ///< `read`: it is followed, and nothing expires or is trimmed
    std::optional<duration> poll; ///< empty: 50 ms on SQLite, 250 ms on MariaDB; on PostgreSQL a safety net of 5 s
    std::filesystem::path snapshot_file; ///< last state of the database, for a start without it; empty: none
    duration keep_history = std::chrono::hours{24 * 90}; ///< how long rows of `ttp_rule_change` are kept
    rule_gate admit;                                     ///< further check of a rule before it goes live; empty: none
    std::function<void(diagnostic const&)> report;       ///< told of each new finding once, when it appears
    std::function<void(std::string const&)> log;         ///< told of connection losses and recoveries, one line each
    std::function<double()> random;                      ///< in [0,1), spreads reconnects; empty: seeded by the system
    std::function<time_point()> database_clock;          ///< tests: replaces the database's clock; called on `database`
    std::shared_ptr<call_watch>
        calls;              ///< a host's, which ends calls that a server does not answer; null: one of its own
    database_faults faults; ///< tests
    /// Tests: handed at the start of `run()` what makes it look at the database at once, as a notification of
    /// PostgreSQL does. Called while it runs, or not at all.
    std::function<void(std::function<void()> wake)> notifications;
};

/// One row of the append-only history: who changed what, when, why.
struct history_entry {
    rulehost::revision revision = 0;
    std::string rule_id; ///< of a list: its name
    std::string kind;    ///< `definition`, `deletion`, `state`, `expiry`, `list`
    time_point changed_at{};
    std::string changed_by;
    std::string detail; ///< JSON: the row as it became; empty: it was removed
};

/// One row of `ttp_rule`.
struct rule_row {
    std::string rule_id;
    std::string text; ///< as the author wrote it, good or bad
    std::string source_path;
    std::string updated_by;
    rulehost::revision revision = 0;
};

/// One row of `ttp_rule_list`.
struct list_row {
    std::string name;
    std::string values; ///< JSON, good or bad
    std::string source_path;
    std::string updated_by;
    rulehost::revision revision = 0;
};

/// A text of a directory that its master did not bring into the store, because it is bad.
struct quarantined_text {
    std::string projection; ///< the master's name
    std::string rule_id;    ///< empty: it could not be read
    std::string path;
    std::string findings; ///< JSON, as `to_json` of the diagnostics
    time_point since{};
};

/// The rules and states of a database that a swarm shares (SQLite, PostgreSQL, MariaDB).
///
/// `run()` follows the changes of every process; without it others' changes are noticed by `load_compiled` only.
/// Blocking database calls run on `database`, never on `executor`.
class database_rule_store final : public rule_store {
public:
    /// An in-memory SQLite database on the system clock, for tests and embedders. Database calls run inline on
    /// the caller's executor.
    database_rule_store();
    /// Connects in `run()` or at the first call; construction does no I/O. Throws std::invalid_argument for a
    /// malformed URL. `time` outlives the store; `database` is joined after the store is destroyed.
    database_rule_store(boost::asio::any_io_executor executor, boost::asio::any_io_executor database, time_source& time,
                        database_store_options options);
    ~database_rule_store() override;

    /// Follows the database and reverts expired states until it is cancelled; reconnects by itself. Throws
    /// `store_unsupported`, as every call does. Call it once.
    boost::asio::awaitable<void> run();

    /// The newest state of the database. Without a connection: what was known last (here or in the snapshot
    /// file), and `stale_since()` says so; `store_unavailable` only when nothing ever was.
    boost::asio::awaitable<rule_snapshot> load_compiled() override;
    boost::asio::awaitable<rule_state> get_state(std::string rule_id) override;
    /// When the answer to the commit is lost, the store reconnects and looks whether the decision stands. Only if
    /// that fails too is the outcome unknown, which the `store_unavailable` says.
    boost::asio::awaitable<rule_state> set_state(std::string rule_id, rule_state state, std::string set_by,
                                                 std::optional<revision> expected = {}) override;
    boost::asio::awaitable<rule_state> clear_state(std::string rule_id, std::string set_by,
                                                   std::optional<revision> expected = {}) override;
    change_subscription subscribe_changes(std::size_t capacity = 1024) override;
    /// The database's clock, read anew every minute and within a second after somebody has set this machine's.
    expiry_clock expiries() const override;

    /// Writes the rule's row (`definition->text` byte for byte) unless it already holds that text, path and
    /// author. Returns the revision of the row. Under a claim it throws `lease_lost` once that is not true any more.
    boost::asio::awaitable<rulehost::revision> upsert_rule(std::shared_ptr<rule_definition const> definition,
                                                           std::string source_path, std::string updated_by,
                                                           std::optional<lease_claim> under = {});
    /// Deletes the rule's row; false when there was none. Its state stays.
    boost::asio::awaitable<bool> delete_rule(std::string rule_id, std::string deleted_by,
                                             std::optional<lease_claim> under = {});

    /// The same for the row of a list. Workers read the rules again that name it.
    boost::asio::awaitable<rulehost::revision> upsert_list(rule_list list, std::string updated_by,
                                                           std::optional<lease_claim> under = {});
    boost::asio::awaitable<bool> delete_list(std::string name, std::string deleted_by,
                                             std::optional<lease_claim> under = {});

    /// How many rules `deleted_by` deleted within the last `ago`, by the database's clock, that have no row again.
    boost::asio::awaitable<std::size_t> count_deleted(std::string deleted_by, duration ago);

    /// Between these two what a worker loads is a part of the rules that the projection `under.name` brings for the
    /// first time (`rule_extent`), until somebody has ended it. Throw `lease_lost` unless the claim is true.
    boost::asio::awaitable<void> begin_first_pass(lease_claim under);
    boost::asio::awaitable<void> end_first_pass(lease_claim under);

    /// Tells everybody which texts the projection `under.name` has in quarantine now. Throws `lease_lost`.
    boost::asio::awaitable<void> note_quarantine(std::vector<quarantined_rule> texts, lease_claim under);
    /// The texts that masters reported; bad rows of the store itself are in `load_compiled`.
    boost::asio::awaitable<std::vector<quarantined_text>> list_quarantined_texts();

    /// Every row, by rule_id.
    boost::asio::awaitable<std::vector<rule_row>> list_rules();
    /// The lists of the store, by name.
    boost::asio::awaitable<std::vector<list_row>> list_lists();
    /// Every state row with its effective state.
    boost::asio::awaitable<std::map<std::string, rule_state>> list_states();
    /// The state rows that count for nothing because they hold what no state is.
    boost::asio::awaitable<std::vector<quarantined_rule>> list_damaged_states();
    /// The database's present time, which expiries go by.
    boost::asio::awaitable<time_point> clock();
    /// History past `after`, oldest first; of one rule, or of all when `rule_id` is empty.
    boost::asio::awaitable<std::vector<history_entry>> history(std::string rule_id, rulehost::revision after,
                                                               std::size_t limit);

    /// Writes what this process says of itself, seen now by the database's clock.
    boost::asio::awaitable<void> note_worker(worker_row row);
    /// Removes it: the process ends. False: it said nothing.
    boost::asio::awaitable<bool> end_worker(std::string process);
    /// Every process that follows the store, also those that are gone.
    boost::asio::awaitable<worker_list> list_workers();
    /// Removes what the processes of `worker` said that are gone (`worker_is_gone_after`). How many.
    boost::asio::awaitable<std::size_t> remove_gone_worker(std::string worker);

    /// Takes the lease `name` for `holder`, or keeps it, for `length` from now by the database's clock. False:
    /// somebody else holds it.
    boost::asio::awaitable<bool> take_lease(std::string name, std::string holder, duration length);
    boost::asio::awaitable<void> give_lease_back(std::string name, std::string holder);

    /// The revision up to which every change was read and published to subscribers; 0 before the first look.
    rulehost::revision position() const;
    /// Since when the live rules may be behind the database: the last time that it was looked at. Empty while it is
    /// looked at as often as it should be, whatever the reason why it is not: a lost connection, or a server that does
    /// not answer.
    std::optional<time_point> stale_since() const;
    /// How long that is ago, whatever the clock was set to meanwhile.
    std::optional<duration> stale_for() const;
    /// SQLite: why there is no file of the store any more, as it was deleted or replaced; empty while there is one.
    std::string gone() const;

private:
    class implementation;
    std::shared_ptr<implementation> implementation_;
};

} // namespace rulehost
