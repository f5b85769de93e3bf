#pragma once

#include "sql/quarantine_table.hpp"
#include "sql/session/connection.hpp"
#include "sql/worker_name.hpp"

#include <rulehost/decision.hpp>
#include <rulehost/lease.hpp>
#include <rulehost/rule_change.hpp>
#include <rulehost/rule_pin.hpp>
#include <rulehost/rule_state.hpp>
#include <rulehost/time_point.hpp>
#include <rulehost/worker_row.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rulehost {

/// A malformed value in the database, and the reason.
struct malformed_value {
    std::string why;
};

struct stored_rule {
    std::string rule_id;
    std::string source_path;
    std::string yaml_content;
    std::string updated_by;
    rulehost::revision revision = 0;
};

struct stored_list {
    std::string name;
    std::string values; ///< JSON
    std::string source_path;
    std::string updated_by;
    rulehost::revision revision = 0;
};

struct stored_state {
    std::string rule_id;
    std::variant<rule_state, malformed_value> value;
    rulehost::revision revision = 0;
};

/// One row of `ttp_decision`.
struct stored_decision {
    decision_id id = 0;
    std::variant<decision, malformed_value> value;
    rulehost::revision revision = 0; ///< of its last change
};

/// The text of a rule after a change.
struct definition_text {
    std::string yaml_content;
};
struct deletion {};

/// The values of a list after a change, as JSON. The change's `rule_id` is the name of the list.
struct list_text {
    std::string values;
};

struct stored_change {
    rulehost::revision revision = 0;
    std::string rule_id;
    std::variant<definition_text, deletion, rule_state, malformed_value, list_text, decision> value;
    enum class cause { decision, expiry } why = cause::decision;
    enum class table { rules, states, lists, decisions } of = table::rules;
};

/// One row of the history, unparsed, for people.
struct change_row {
    rulehost::revision revision = 0;
    std::string rule_id;
    std::string kind;
    time_point changed_at{};
    std::string changed_by;
    std::string detail;
};

/// Position of a database: its id and newest revision. Revisions of different ids are not comparable.
struct database_position {
    std::string database_id;
    rulehost::revision revision = 0;

    friend bool operator==(database_position const&, database_position const&) = default;
};

/// Position of a database, and whether a master's initial sync is running.
struct database_standing {
    database_position position;
    rule_extent extent = rule_extent::whole;
};

/// Changes after a revision, gapless and in order; `trimmed` if rows of the history are missing, so that the reader
/// must read everything instead.
struct change_page {
    database_standing at;
    std::vector<stored_change> changes;
    enum class history { complete, trimmed } what = history::complete;
};

struct database_contents {
    database_standing at;
    std::vector<stored_rule> rules;
    std::vector<stored_state> states;
    std::vector<stored_list> lists;
    std::vector<stored_decision> decisions;
};

/// Transactions on the rule tables over one session. Blocking; used by one thread at a time. Every member connects
/// first if there is no connection, and throws database_error; after `lost` or `in_doubt` the next call reconnects. A
/// write that throws anything but `in_doubt` has changed nothing.
class rule_database {
public:
    /// `clock` replaces the database's clock, for tests on virtual time.
    explicit rule_database(database_url url, std::function<time_point()> clock = {},
                           std::shared_ptr<call_watch> watch = {}, database_access access = database_access::create);

    database_url const& url() const { return connection_.url(); }
    /// Number of times that the SQLite file was replaced by another one.
    std::uint64_t replacements() const { return connection_.replacements(); }
    std::shared_ptr<call_watch> const& watch() const { return connection_.watch(); }
    time_point clock();
    database_position position();

    change_page changes_after(revision after, std::size_t limit);
    database_contents contents();
    std::vector<stored_rule> rules();
    std::vector<stored_state> states();
    std::vector<stored_decision> decisions();
    std::optional<stored_state> state(std::string const& rule_id);
    /// The newest well-formed state of `rule_id`; the default state if it was removed since. Empty if the history does
    /// not reach back.
    std::optional<rule_state> former_state(std::string const& rule_id);
    /// Texts of a rule since it was last deleted.
    struct text_history {
        std::vector<std::string> texts; ///< newest first
        bool is_whole = false;          ///< there are no earlier texts
    };
    /// Reads at most `limit` rows of the history.
    text_history former_texts(std::string const& rule_id, std::size_t limit);
    std::vector<change_row> history(std::string const& rule_id, revision after, std::size_t limit);

    /// The effective state, which is not the one that the writer expected.
    struct conflict {
        rule_state current;
    };
    using state_outcome = std::variant<rule_state, conflict>;
    /// Stores `state`, whose `set_at` counts as now. Returns it with its `revision`. Reverts an expired state in its
    /// place first, as a separate change.
    state_outcome write_state(std::string const& rule_id, rule_state state, std::optional<revision> expected);
    /// The same for the default state. Writes nothing if there is no state. With `row`, removes only the row of that
    /// revision: any other is a conflict.
    state_outcome remove_state(std::string const& rule_id, std::string const& by, std::optional<revision> expected,
                               std::optional<revision> row = {});
    /// Whether `by` removed a state of `rule_id` after the revision: for a write in doubt. For a decision `kind` is
    /// `decision` and `rule_id` its id.
    bool find_removal(std::string const& rule_id, std::string const& by, revision after,
                      std::string_view kind = "state");
    /// The revision of the change that stored exactly `state`; empty if it was not stored: for a write in doubt.
    std::optional<revision> find_write(std::string const& rule_id, rule_state state);
    /// Removes the state of `rule_id` if its revision is still `expected` and it has expired by the database's clock.
    bool remove_expired(std::string const& rule_id, revision expected);

    /// A stored decision: a row of `ttp_decision`, or the state of a rule.
    struct standing_decision {
        decision made;       ///< of a malformed row: its id only
        std::string rule_id; ///< of a state; empty: a row of `ttp_decision`
    };
    std::optional<standing_decision> find_decision(decision_id id);
    /// Stores `made`, whose `set_at` counts as now, and returns its id. It becomes the state of its rule if a state can
    /// express it and the rule has none that disables or clips, else a row of `ttp_decision`.
    decision_id write_decision(decision const& made);
    /// Removes a decision as `by` and returns it. Empty: there is none, or it has expired, and then it is removed as
    /// expired.
    std::optional<decision> remove_decision(decision_id id, std::string const& by);
    /// The id of exactly `made`; empty if it was not stored after the revision: for a write in doubt.
    std::optional<decision_id> find_written(decision made, revision after);
    /// The newest well-formed value of a decision; empty if the history has none.
    std::optional<decision> former_decision(decision_id id);
    /// Removes the row of a decision that has ended by the database's clock.
    bool remove_ended(decision_id id);

    /// Writes the rule unless its row holds that text, path and author already, or is pinned and `content_hash` is still
    /// that of the pin: a changed file ends a pin. Returns the row's revision. With a lease, throws `lease_lost` unless it
    /// is held at the commit.
    revision write_rule(stored_rule const& rule, std::int64_t version, std::string const& content_hash,
                        std::optional<lease_claim> const& under = {});
    /// Number of rules that `by` deleted within the last `ago` and that still have no row.
    std::size_t count_deleted(std::string const& by, duration ago);
    bool remove_rule(std::string const& rule_id, std::string const& by, std::optional<lease_claim> const& under = {});

    /// The pins of a rule, or of every rule if `rule_id` is empty, by revision, including those that ended.
    std::vector<rule_pin> pins(std::string const& rule_id);
    /// Writes a former text of a rule and pins it, as `pin.set_by`. The row keeps its author, so that a master still
    /// deletes it with its file. Returns the revision of the change; when called again the same one. 0: the row holds that
    /// text already.
    revision roll_back(rule_pin pin, stored_rule rule, std::int64_t version, std::string const& content_hash);
    /// Ends the pin of a rule; false: none stands.
    bool unpin(std::string const& rule_id, std::string const& by);

    std::vector<stored_list> lists();
    /// Writes the list unless its row already has those values, path and author. Returns the row's revision. With a
    /// lease, throws `lease_lost` unless it is held at the commit.
    revision write_list(stored_list const& list, std::optional<lease_claim> const& under = {});
    bool remove_list(std::string const& name, std::string const& by, std::optional<lease_claim> const& under = {});

    /// Begin and end the initial sync of the projection `under.name`: in between the rule set is partial
    /// (`rule_extent`), also if the master dies. Idempotent. Throw `lease_lost` unless the lease is held.
    void begin_first_pass(lease_claim const& under);
    void end_first_pass(lease_claim const& under);

    /// Read the quarantined texts of all masters (`quarantine_rows`), and replace those of the projection `under.name`.
    /// The write throws `lease_lost` unless the lease is held.
    std::vector<quarantined_row> quarantine();
    void write_quarantine(std::vector<quarantined_row> const& rows, lease_claim const& under);

    /// The rows of the processes that follow the store.
    worker_list workers();
    /// Writes the row of a process, with the current time as `seen_at`.
    void write_worker(worker_row const& row);
    /// The same; also claims the name of its worker (`rulehost::claim_worker`). Returns the process that holds it; empty:
    /// this one.
    std::string claim_worker(worker_row const& row, process_check const& has_ended);
    /// False: the process has no row.
    bool remove_worker(std::string const& process);
    /// Removes the rows of processes of `worker` that are gone (`worker_is_gone_after`). Returns their number.
    std::size_t remove_gone_worker(std::string const& worker);

    /// Removes the history before `before`. Returns the number of removed rows.
    std::int64_t trim(time_point before);

    /// Takes or renews the lease `name` for `holder`, for `length` from now by the database's clock. False: another
    /// holder has it.
    bool take_lease(std::string const& name, std::string const& holder, duration length);
    void give_lease_back(std::string const& name, std::string const& holder);

private:
    time_point clock(session&);
    rulehost::revision counter(session&);
    /// Throws `lease_lost` unless the claim holds; otherwise locks the lease until the commit.
    void require_lease(session&, std::optional<lease_claim> const& claim);
    void attribute(session&, revision which, std::string const& by, std::string_view kind);
    struct row_of_rule {
        std::string yaml_content;
        std::string source_path;
        std::string updated_by;
        std::string content_hash;
        rulehost::revision revision = 0;
    };
    static std::optional<row_of_rule> locked_row(session&, std::string const& rule_id);
    void put_rule(session&, stored_rule const& rule, std::int64_t version, std::string const& content_hash,
                  bool has_row);
    static std::vector<stored_rule> rules(session&);
    static std::vector<stored_state> states(session&);
    static std::vector<stored_list> lists(session&);
    static std::vector<stored_decision> decisions(session&);
    static std::optional<stored_decision> stored(session&, decision_id id, std::string_view lock);
    std::optional<standing_decision> find_decision(session&, decision_id id, std::string_view lock);
    /// Writes the row of a rule's state. Returns its revision.
    revision put_state(session&, std::string const& rule_id, rule_state const& state, bool has_row);
    std::optional<stored_state> state(session&, std::string const& rule_id, std::string_view lock);
    /// The effective state at `now`; reverts an expired row.
    rule_state standing(session&, std::string const& rule_id, std::optional<stored_state>& stored, time_point now);
    static database_standing standing(session&);

    connection connection_;
    std::function<time_point()> clock_;
};

} // namespace rulehost
