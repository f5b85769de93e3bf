#pragma once

#include <rulehost/rule_store.hpp>
#include <rulehost/time_source.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

struct database_store_options {
    std::string url = "sqlite::memory:";   ///< `sqlite:PATH`, `sqlite::memory:`, `postgresql://user:pw@host:port/db`, `mysql://...`
    std::optional<duration> poll;          ///< empty: 50 ms on SQLite, 250 ms on MariaDB; on PostgreSQL a safety net of 5 s
    std::filesystem::path snapshot_file;   ///< last state of the database, for a start without it; empty: none
    duration keep_history = std::chrono::hours{24 * 90}; ///< how long rows of `ttp_rule_change` are kept
    rule_gate admit;                       ///< what else a rule must pass to go live; empty: nothing
    std::function<void(diagnostic const&)> report;  ///< told of each new finding once, when it appears
    std::function<void(std::string const&)> log;    ///< told of connection losses and recoveries, one line each
};

/// One row of the append-only history: who changed what, when, why.
struct history_entry {
    rulehost::revision revision = 0;
    std::string rule_id;
    std::string kind;       ///< `definition`, `deletion`, `state`, `expiry`
    time_point changed_at{};
    std::string changed_by;
    std::string detail;     ///< JSON
};

/// The rules and states of a database that a swarm shares (SQLite, PostgreSQL, MariaDB/MySQL).
///
/// `run()` follows the changes of every process; without it only this object's own writes are noticed. Blocking
/// database calls run on `database`, never on `executor`.
class database_rule_store final : public rule_store {
public:
    /// An in-memory SQLite database on the system clock, for tests and embedders. Database calls run inline on
    /// the caller's executor.
    database_rule_store();
    /// Connects in `run()` or at the first call; construction does no I/O. Throws std::invalid_argument for a
    /// malformed URL. `time` outlives the store; `database` is joined after the store is destroyed.
    database_rule_store(boost::asio::any_io_executor executor, boost::asio::any_io_executor database,
                        time_source& time, database_store_options options);
    ~database_rule_store() override;

    /// Follows the database and reverts expired states until it is cancelled; reconnects by itself. Call it once.
    boost::asio::awaitable<void> run();

    boost::asio::awaitable<rule_snapshot> load_compiled() override;
    boost::asio::awaitable<rule_state> get_state(std::string rule_id) override;
    boost::asio::awaitable<rule_state> set_state(std::string rule_id, rule_state state, std::string set_by,
                                                 std::optional<revision> expected = {}) override;
    boost::asio::awaitable<rule_state> clear_state(std::string rule_id, std::string set_by,
                                                   std::optional<revision> expected = {}) override;
    change_subscription subscribe_changes(std::size_t capacity = 1024) override;

    /// Writes the rule's row (`definition->text` byte for byte) unless it already holds that text. Returns the
    /// revision of the row.
    boost::asio::awaitable<rulehost::revision> upsert_rule(std::shared_ptr<rule_definition const> definition,
                                                           std::string source_path, std::string updated_by);
    /// Deletes the rule's row; false when there was none. Its state stays.
    boost::asio::awaitable<bool> delete_rule(std::string rule_id, std::string deleted_by);

    /// Every state row with its effective state.
    boost::asio::awaitable<std::map<std::string, rule_state>> list_states();
    /// History past `after`, oldest first; of one rule, or of all when `rule_id` is empty.
    boost::asio::awaitable<std::vector<history_entry>> history(std::string rule_id, rulehost::revision after,
                                                               std::size_t limit);

    /// Since when the live rules may be behind the database; empty while the connection is good.
    std::optional<time_point> stale_since() const;

private:
    class implementation;
    std::shared_ptr<implementation> implementation_;
};

} // namespace rulehost
