#pragma once

#include "simulation/world.hpp"
#include "sql/session/session.hpp"

#include <rulehost/rule_change.hpp>
#include <rulehost/rule_lists.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rulehost::simulation {

/// An operator's request and its outcome. Each has a unique author, so that its write is found in the history.
struct request {
    enum class outcome {
        pending,
        done,
        refused,  ///< a conflict
        not_done, ///< the caller was informed that nothing changed
        unknown,
    };

    std::string by;
    std::string rule_id;
    std::optional<rule_state> wanted; ///< empty: a clear
    std::optional<revision> expected;
    std::optional<decision> decided;   ///< the decision to make; then the request is about no state
    std::optional<decision_id> ending; ///< the decision to end; likewise
    outcome result = outcome::pending;
    revision acknowledged = 0;  ///< of an end: the decision that ended; 0: there was none
    std::vector<revision> rows; ///< rows of the history
};

/// The truth about a run: reads the growing history straight from the table, and judges every process by it. Implements
/// the meaning of a row independently, so as not to repeat a mistake of the store.
class oracle {
public:
    /// One row of the history.
    struct entry {
        std::string rule_id;
        std::string what; ///< `R1 defined`, `R1 disabled`, ...
        std::shared_ptr<rule_definition const> definition;
        bool visible = true; ///< whether subscribers see it
    };

    explicit oracle(world& in);

    /// Reads new rows of the history. Returns their number.
    std::size_t look();

    void watch(std::shared_ptr<request> const& made) { requests_[made->by] = made; }
    /// Judges the outcome of every request.
    void judge_requests();
    /// Judges the end: nothing that has expired is left.
    void judge_expiries();

    revision last() const { return last_; }
    entry const& at(revision number) const { return entries_.at(number - 1); }
    /// Revision of the effective state of `rule_id`; 0: there is none.
    revision standing(std::string const& rule_id) const;
    bool has_expiry(std::string const& rule_id) const;
    /// Rows of `ttp_decision`, each with its last valid value.
    decision_map const& decisions() const { return decisions_; }
    /// Ids of everything that an end may name: decisions, and states.
    std::vector<decision_id> ids() const;
    /// The first instant after `after` at which a state or a decision starts or ends.
    std::optional<time_point> next_expiry(time_point after) const;

    /// The snapshot that every node should have now.
    rule_snapshot expected() const;
    /// The current rows of the rules.
    std::map<std::string, std::string> const& texts() const { return texts_; }
    rule_lists const& lists() const { return lists_; }
    std::set<std::string> const& quarantined() const { return quarantined_; }

    /// The valid rule of a text, or null.
    std::shared_ptr<rule_definition const> read(std::string const& text, std::string const& rule_id);

    session& sql() { return sql_; }

private:
    struct row {
        revision number;
        std::string rule_id;
        std::string kind;
        std::string by;
        std::optional<std::string> detail;
    };
    void take(row const& next);
    void take_rule(row const& next, entry& made);
    void take_state(row const& next, entry& made);
    void take_list(row const& next, entry& made);
    void take_decision(row const& next, entry& made);
    void credit(row const& next, std::string const& by);
    void judge_decided(row const& next, request const& by);
    void judge_ended(row const& next, request const& by);
    static std::optional<rule_state> state_of(row const& next);
    static std::optional<decision> decision_of(row const& next);

    world& in_;
    session sql_;
    revision last_ = 0;
    std::vector<entry> entries_;
    std::map<std::string, std::string> texts_;
    std::map<std::string, std::shared_ptr<rule_definition const>> live_;
    rule_lists lists_;
    std::map<std::string, rule_state, std::less<>> states_; ///< by rule, the last valid value of each row
    decision_map decisions_;                                ///< likewise
    std::set<std::string> quarantined_;                     ///< `ttp_rule:R1`, `ttp_rule_state:R1`, `ttp_decision:7`
    std::map<std::string, std::shared_ptr<request>> requests_;
    std::map<std::string, std::shared_ptr<rule_definition const>> read_; ///< by text
};

std::string shown(decision_id id, std::optional<decision> const& made, rule_change::origin cause);

/// `R1 defined`, `R1 disabled by op7`, `R1 enabled again`, ...
std::string shown(rule_change const& change);

} // namespace rulehost::simulation
