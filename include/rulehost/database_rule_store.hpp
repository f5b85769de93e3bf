#pragma once

#include <rulehost/database_access.hpp>
#include <rulehost/database_faults.hpp>
#include <rulehost/lease.hpp>
#include <rulehost/rule_pin.hpp>
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

/// The database is reachable and rejected this call: a statement over its size limit, a constraint, a missing
/// privilege. The same call is rejected again until the call or the database changes.
class call_refused : public store_unavailable {
public:
    using store_unavailable::store_unavailable;
};

/// The tables belong to a newer version than this program supports; retrying does not help.
class store_unsupported : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct database_store_options {
    /// `sqlite:PATH`, `sqlite::memory:`, `postgresql://user:pw@host:port/db`, `mariadb://user:pw@host:port/db`.
    std::string url = "sqlite::memory:";
    database_access access = database_access::create; ///< `read`: follows it; expires and trims nothing
    std::optional<duration> poll; ///< empty: 50 ms on SQLite, 250 ms on MariaDB; on PostgreSQL a safety net of 5 s
    std::filesystem::path snapshot_file; ///< last state of the database, for a start without it; empty: none
    duration keep_history = std::chrono::hours{24 * 90}; ///< how long rows of `ttp_rule_change` are kept
    rule_gate admit;                               ///< checks a rule before it goes live, on any thread; empty: none
    std::function<void(diagnostic const&)> report; ///< called once for each new finding
    std::function<void(std::string const&)> log;   ///< called with one line per connection loss and recovery
    std::function<double()> random;                ///< in [0,1), spreads reconnects; empty: seeded by the system
    std::function<time_point()> database_clock;    ///< tests: replaces the database's clock; called on `database`
    std::shared_ptr<call_watch>
        calls;              ///< a host's, which ends calls that a server does not answer; null: one of its own
    database_faults faults; ///< tests
    /// Test hook: receives, at the start of `run()`, a callback that triggers an immediate poll, as a PostgreSQL
    /// notification does. The callback may only be called while `run()` runs.
    std::function<void(std::function<void()> wake)> notifications;
};

/// One row of the append-only history: who changed what, when, why.
struct history_entry {
    rulehost::revision revision = 0;
    std::string rule_id; ///< of a list: its name; of a decision: its id
    std::string kind;    ///< `definition`, `deletion`, `state`, `expiry`, `list`, `decision`, `decision_expiry`
    time_point changed_at{};
    std::string changed_by;
    std::string detail; ///< JSON of the new row; empty: the row was removed
};

/// One row of `ttp_rule`.
struct rule_row {
    std::string rule_id;
    std::string text; ///< as the author wrote it, valid or not
    std::string source_path;
    std::string updated_by;
    rulehost::revision revision = 0;
};

/// One row of `ttp_rule_list`.
struct list_row {
    std::string name;
    std::string values; ///< JSON, valid or not
    std::string source_path;
    std::string updated_by;
    rulehost::revision revision = 0;
};

/// An invalid text of a directory, which its master did not write to the store.
struct quarantined_text {
    std::string projection; ///< the master's name
    std::string rule_id;    ///< empty: unreadable
    std::string path;
    std::string findings; ///< JSON, as `to_json` of the diagnostics
    time_point since{};
};

/// The rules and states of a database that a swarm shares (SQLite, PostgreSQL, MariaDB).
///
/// `run()` follows the changes of every process; without it only `load_compiled` sees the changes of other processes.
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

    /// Follows the database and reverts expired states until it is cancelled; reconnects after a loss. Throws
    /// `store_unsupported`, as every call does. Call it once.
    boost::asio::awaitable<void> run();

    /// The newest state of the database. Without a connection: the last known state (from memory or the snapshot file),
    /// and `stale_since()` is set; throws `store_unavailable` only if there is none.
    boost::asio::awaitable<rule_snapshot> load_compiled() override;
    boost::asio::awaitable<rule_state> get_state(std::string rule_id) override;
    /// When the answer to the commit is lost, the store reconnects and checks whether the decision was stored. If that
    /// fails too, the message of `store_unavailable` reports that the outcome is unknown.
    boost::asio::awaitable<rule_state> set_state(std::string rule_id, rule_state state, std::string set_by,
                                                 std::optional<revision> expected = {}) override;
    boost::asio::awaitable<rule_state> clear_state(std::string rule_id, std::string set_by,
                                                   std::optional<revision> expected = {}) override;
    /// A commit whose answer is lost is resolved as with `set_state`. A decision that a state can express becomes the
    /// state of its rule, unless the rule already has a state that disables or clips it.
    boost::asio::awaitable<decision> decide(decision wanted) override;
    boost::asio::awaitable<std::optional<decision>> end_decision(decision_id id, std::string by) override;
    change_subscription subscribe_changes(std::size_t capacity = 1024) override;
    /// The database's clock, measured again every minute and within a second after this machine's clock was set.
    expiry_clock expiries() const override;

    /// Writes the rule's row (`definition->text` byte for byte) unless it already holds that text, path and author, or is
    /// pinned (`roll_back`) and the text's hash is still the pin's `file_hash`; another one ends the pin. Returns the
    /// revision of the row. With a claim it throws `lease_lost` once the claim no longer holds.
    boost::asio::awaitable<rulehost::revision> upsert_rule(std::shared_ptr<rule_definition const> definition,
                                                           std::string source_path, std::string updated_by,
                                                           std::optional<lease_claim> under = {});
    /// Makes a former text of a rule live again and pins it: `definition` as the history has it, with the members `to`,
    /// `reason` and `set_by` of `pin`; in one transaction. Returns the revision of the change; 0: the row holds that text.
    boost::asio::awaitable<rulehost::revision> roll_back(std::shared_ptr<rule_definition const> definition,
                                                         std::string source_path, rule_pin pin);
    /// Ends the pin of a rule, so that the master writes its file again. False: it has none.
    boost::asio::awaitable<bool> unpin(std::string rule_id, std::string by);
    /// The pins of a rule, or of every rule if `rule_id` is empty, by revision, including those that ended.
    boost::asio::awaitable<std::vector<rule_pin>> list_pins(std::string rule_id = {});
    /// Deletes the rule's row, and ends its pin; false if there was none. Keeps its state.
    boost::asio::awaitable<bool> delete_rule(std::string rule_id, std::string deleted_by,
                                             std::optional<lease_claim> under = {});

    /// The same for the row of a list. Workers then read again every rule that names it.
    boost::asio::awaitable<rulehost::revision> upsert_list(rule_list list, std::string updated_by,
                                                           std::optional<lease_claim> under = {});
    boost::asio::awaitable<bool> delete_list(std::string name, std::string deleted_by,
                                             std::optional<lease_claim> under = {});

    /// Number of rules that `deleted_by` deleted within the last `ago`, by the database's clock, and that still have no
    /// row.
    boost::asio::awaitable<std::size_t> count_deleted(std::string deleted_by, duration ago);

    /// Begin and end the initial sync of the projection `under.name`: in between a worker loads a partial rule set
    /// (`rule_extent`). Throw `lease_lost` unless the claim holds.
    boost::asio::awaitable<void> begin_first_pass(lease_claim under);
    boost::asio::awaitable<void> end_first_pass(lease_claim under);

    /// Stores which texts the projection `under.name` has in quarantine now, for every process to see. Throws
    /// `lease_lost`.
    boost::asio::awaitable<void> note_quarantine(std::vector<quarantined_rule> texts, lease_claim under);
    /// The quarantined texts that masters reported; invalid rows of the store itself are in `load_compiled`.
    boost::asio::awaitable<std::vector<quarantined_text>> list_quarantined_texts();

    /// Every row, by rule_id.
    boost::asio::awaitable<std::vector<rule_row>> list_rules();
    /// The lists of the store, by name.
    boost::asio::awaitable<std::vector<list_row>> list_lists();
    /// Every state row with its effective state.
    boost::asio::awaitable<std::map<std::string, rule_state>> list_states();
    /// Every row of `ttp_decision` that has not ended; the decisions that are states of their rules are in
    /// `list_states`.
    boost::asio::awaitable<decision_map> list_decisions();
    /// Rows of states and decisions that are ignored because they are malformed.
    boost::asio::awaitable<std::vector<quarantined_rule>> list_damaged_states();
    /// The database's current time, which decides expiries.
    boost::asio::awaitable<time_point> clock();
    /// History past `after`, oldest first; of one rule, or of all when `rule_id` is empty.
    boost::asio::awaitable<std::vector<history_entry>> history(std::string rule_id, rulehost::revision after,
                                                               std::size_t limit);

    /// Writes the row of this process, with the database's current time as `seen_at`.
    boost::asio::awaitable<void> note_worker(worker_row row);
    /// The same, and holds the worker's name for this process, so that of two live processes under one name only one
    /// works. While another process holds it, writes nothing and returns that process; empty: the name is held. A holder
    /// of this machine that has ended is replaced at once, any other one `worker_is_gone_after` its last call.
    boost::asio::awaitable<std::string> claim_worker(worker_row row);
    /// Removes the row of this process at its end, and gives its name back. False: there was none.
    boost::asio::awaitable<bool> end_worker(std::string process);
    /// Every process that follows the store, including those that are gone.
    boost::asio::awaitable<worker_list> list_workers();
    /// Removes the rows of the processes of `worker` that are gone (`worker_is_gone_after`). Returns their number.
    boost::asio::awaitable<std::size_t> remove_gone_worker(std::string worker);

    /// Takes or renews the lease `name` for `holder`, for `length` from now by the database's clock. False: another
    /// holder has it.
    boost::asio::awaitable<bool> take_lease(std::string name, std::string holder, duration length);
    boost::asio::awaitable<void> give_lease_back(std::string name, std::string holder);

    /// The revision up to which every change was read and published to subscribers; 0 before the first poll.
    rulehost::revision position() const;
    /// Id of the database that the revision belongs to; empty before the first poll.
    std::string database_id() const;
    /// Time of the last successful poll if the live rules may be behind the database: after a lost connection, or while
    /// the server does not answer. Empty while polls succeed on time.
    std::optional<time_point> stale_since() const;
    /// How long ago that is, by the monotonic clock.
    std::optional<duration> stale_for() const;
    /// SQLite: why the store's file is gone (deleted or replaced); empty while it exists.
    std::string gone() const;

private:
    class implementation;
    std::shared_ptr<implementation> implementation_;
};

} // namespace rulehost
