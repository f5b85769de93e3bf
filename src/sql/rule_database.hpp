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

/// A value in the database that cannot be what it should be, and why.
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

/// The text of a rule as of a change, or its deletion.
struct definition_text {
    std::string yaml_content;
};
struct deletion {};

/// The values of a list as of a change, as JSON. `rule_id` of the change is the name of the list.
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

/// One row of the history as it is, for people.
struct change_row {
    rulehost::revision revision = 0;
    std::string rule_id;
    std::string kind;
    time_point changed_at{};
    std::string changed_by;
    std::string detail;
};

/// Where a database stands. Numbers of two ids have nothing to do with each other.
struct database_position {
    std::string database_id;
    rulehost::revision revision = 0;

    friend bool operator==(database_position const&, database_position const&) = default;
};

/// Where it stands, and whether a first pass of some master is under way there.
struct database_standing {
    database_position position;
    rule_extent extent = rule_extent::whole;
};

/// Changes after a revision up to the newest one, gapless and in order; `trimmed` when rows of the history
/// are missing, so that everything has to be read instead.
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

/// The transactions of the rule tables over one session. Blocking; used by one thread at a time. Every member
/// connects first if there is no connection, and throws database_error; when that is `lost` or `in_doubt` the next call
/// connects anew. A write that throws anything but `in_doubt` has changed nothing.
class rule_database {
public:
    /// `clock` replaces the database's own clock: tests run on virtual time.
    explicit rule_database(database_url url, std::function<time_point()> clock = {},
                           std::shared_ptr<call_watch> watch = {}, database_access access = database_access::create);

    database_url const& url() const { return connection_.url(); }
    /// How often the file of SQLite turned out to be another one.
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
    /// The newest state of `rule_id` that is not malformed; the default one: it was removed since. Empty: the history does
    /// not tell.
    std::optional<rule_state> former_state(std::string const& rule_id);
    /// The texts that a rule had since it was last deleted.
    struct text_history {
        std::vector<std::string> texts; ///< newest first
        bool is_whole = false;          ///< no text came before these
    };
    /// At most `limit` rows of the history are read.
    text_history former_texts(std::string const& rule_id, std::size_t limit);
    std::vector<change_row> history(std::string const& rule_id, revision after, std::size_t limit);

    /// A state that is not the one the writer expected: the effective one that stands.
    struct conflict {
        rule_state current;
    };
    using state_outcome = std::variant<rule_state, conflict>;
    /// Stores `state`, whose `set_at` is what counts as now, with `revision` stamped on it. A state that has expired
    /// and still stands is reverted first, as a change of its own.
    state_outcome write_state(std::string const& rule_id, rule_state state, std::optional<revision> expected);
    /// The same for the default state. Writes nothing when there was no state. With `row`, removes that row and no
    /// other one: what stands instead is a conflict.
    state_outcome remove_state(std::string const& rule_id, std::string const& by, std::optional<revision> expected,
                               std::optional<revision> row = {});
    /// Whether `by` removed a state of `rule_id` after the revision: for a writer whose answer was lost. Of the kind
    /// `decision` for a decision, whose id is then the `rule_id`.
    bool find_removal(std::string const& rule_id, std::string const& by, revision after,
                      std::string_view kind = "state");
    /// The revision of the change that stored exactly `state`, if it was stored: for a writer whose answer was lost.
    std::optional<revision> find_write(std::string const& rule_id, rule_state state);
    /// Removes the state of `rule_id` if it is still the one of `expected` and has expired by the database's clock.
    bool remove_expired(std::string const& rule_id, revision expected);

    /// A decision that stands, in `ttp_decision` or as the state of a rule.
    struct standing_decision {
        decision made;       ///< of a malformed row: its id only
        std::string rule_id; ///< of a state; empty: a row of `ttp_decision`
    };
    std::optional<standing_decision> find_decision(decision_id id);
    /// Stores `made`, whose `set_at` is what counts as now. It becomes the state of its rule if a state can say the same
    /// and the rule has none that lowers anything, else a row of `ttp_decision`. The id.
    decision_id write_decision(decision const& made);
    /// Removes a decision as `by`; one that has ended in time is removed as that, and counts as none.
    std::optional<decision> remove_decision(decision_id id, std::string const& by);
    /// The id of exactly `made` if it was stored after the revision: for a writer whose answer was lost.
    std::optional<decision_id> find_written(decision made, revision after);
    /// The newest value of a decision that is not malformed; empty: the history does not tell.
    std::optional<decision> former_decision(decision_id id);
    /// Removes the row of a decision that has ended by the database's clock.
    bool remove_ended(decision_id id);

    /// Writes the rule unless its row holds that text, path and author already, or is pinned and `content_hash` is still
    /// that of the pin: a changed file ends a pin. Returns the row's revision. With a lease, throws `lease_lost` unless it
    /// is held at the commit.
    revision write_rule(stored_rule const& rule, std::int64_t version, std::string const& content_hash,
                        std::optional<lease_claim> const& under = {});
    /// How many rules `by` deleted within the last `ago` that are not back.
    std::size_t count_deleted(std::string const& by, duration ago);
    bool remove_rule(std::string const& rule_id, std::string const& by, std::optional<lease_claim> const& under = {});

    /// The pins of a rule, those that ended too; of an empty `rule_id` those of every rule that stand.
    std::vector<rule_pin> pins(std::string const& rule_id);
    /// Writes a former text of a rule and pins it, as `pin.set_by`. The row keeps its author, so that a master still
    /// deletes it with its file. Returns the revision of the change; when called again the same one. 0: the row holds that
    /// text already.
    revision roll_back(rule_pin pin, stored_rule rule, std::int64_t version, std::string const& content_hash);
    /// Ends the pin of a rule; false: none stands.
    bool unpin(std::string const& rule_id, std::string const& by);

    std::vector<stored_list> lists();
    /// Writes the list unless its row holds those values, path and author already. The row's revision. With a lease,
    /// throws `lease_lost` unless it is held at the commit.
    revision write_list(stored_list const& list, std::optional<lease_claim> const& under = {});
    bool remove_list(std::string const& name, std::string const& by, std::optional<lease_claim> const& under = {});

    /// Between the two the rules are a part (`rule_extent`) of what the projection of that name brings for the first
    /// time, also when its master has died meanwhile. Both may be done twice. Throw `lease_lost` unless it is held.
    void begin_first_pass(lease_claim const& under);
    void end_first_pass(lease_claim const& under);

    /// The texts that masters did not bring here (`quarantine_rows`), and those of the projection of that name as they are
    /// now. Throws `lease_lost` unless it is held.
    std::vector<quarantined_row> quarantine();
    void write_quarantine(std::vector<quarantined_row> const& rows, lease_claim const& under);

    /// The processes that follow the store, and what they say of themselves.
    worker_list workers();
    /// Writes what a process says of itself, seen now.
    void write_worker(worker_row const& row);
    /// The same for a process that has its worker's name for itself (`rulehost::claim_worker`).
    std::string claim_worker(worker_row const& row, process_check const& has_ended);
    /// False: it said nothing.
    bool remove_worker(std::string const& process);
    /// Removes the rows of processes of `worker` that are gone (`worker_is_gone_after`). How many.
    std::size_t remove_gone_worker(std::string const& worker);

    /// Forgets history that is older than `before`. How many rows.
    std::int64_t trim(time_point before);

    /// Takes or keeps the lease `name` for `holder` until `duration` from now, by the database's clock. False:
    /// another one holds it.
    bool take_lease(std::string const& name, std::string const& holder, duration length);
    void give_lease_back(std::string const& name, std::string const& holder);

private:
    time_point clock(session&);
    rulehost::revision counter(session&);
    /// Throws `lease_lost` unless the claim is true now; then nobody can take the lease until the commit.
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
    /// Writes the row of a rule's state. Its revision.
    revision put_state(session&, std::string const& rule_id, rule_state const& state, bool has_row);
    std::optional<stored_state> state(session&, std::string const& rule_id, std::string_view lock);
    /// The effective state at `now`; an expired row is reverted on the way.
    rule_state standing(session&, std::string const& rule_id, std::optional<stored_state>& stored, time_point now);
    static database_standing standing(session&);

    connection connection_;
    std::function<time_point()> clock_;
};

} // namespace rulehost
