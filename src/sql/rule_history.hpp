#pragma once

#include "sql/rule_database.hpp"
#include "sql/session/session.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rulehost {

/// The contents of a store at one of its revisions.
struct past_contents {
    database_contents held;
    /// Rules, lists and states that the history is too short to restore, such as `rule R2 before revision 7`; not
    /// escaped.
    std::vector<std::string> unresolved;
};

/// Reads a store as it was at earlier revisions, from its rows and its trimmed history, in one view: that of the
/// construction. Blocking; the session outlives it and has no other use meanwhile. Throws database_error.
class rule_history {
public:
    explicit rule_history(session& sql);

    revision newest() const { return newest_; }
    /// The oldest revision that `contents` can give.
    revision oldest() const { return first_known_ > 0 ? first_known_ - 1 : newest_; }
    /// Time of the oldest known change; empty: none is known.
    std::optional<time_point> begin() const { return begin_; }
    /// The revision of the store at that time; empty: it is before the history begins, which may be later than the
    /// store.
    std::optional<revision> revision_at(time_point) const;
    /// Time at which the store reached revision `at`; empty: unknown to the history.
    std::optional<time_point> time_of(revision at) const;

    /// Contents at a revision from `oldest` to `newest`.
    past_contents contents(revision at) const;

    /// The text of a rule at a revision.
    struct past_text {
        enum class known { text, none, unknown } what = known::none;
        std::string text;
        rulehost::revision since = 0; ///< revision that stored the text
        std::string source_path;
    };
    past_text text_of(std::string const& rule_id, revision at) const;
    /// Texts of a rule before the one at `at`, newest first, back to its creation.
    rule_database::text_history former_texts(std::string const& rule_id, revision at, std::size_t limit) const;

private:
    enum class group { rules, states, lists, decisions };
    struct change {
        stored_change value;
        std::string kind;
        std::string by;
        std::string source_path;
    };
    /// The last change up to `at` of each rule, state, list or decision, or of `id` alone.
    std::vector<change> last_changes(group of, revision at, std::string const& id = "") const;
    /// The first change after `at` of each, or of `id` alone.
    std::vector<change> first_changes(group of, revision at, std::string const& id = "") const;
    std::vector<change> changes(group of, std::string const& chosen, revision at, std::string const& id) const;
    bool is_trimmed() const { return first_known_ != 1 && newest_ > 0; }

    session& sql_;
    transaction reading_; ///< one view of the store
    revision newest_ = 0;
    revision first_known_ = 0; ///< revision of the oldest known change; 0: there is none
    std::string database_id_;
    std::optional<time_point> begin_;
};

} // namespace rulehost
