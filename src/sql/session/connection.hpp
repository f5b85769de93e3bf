#pragma once

#include "sql/session/session.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace rulehost {

/// A session that reconnects: opens it, with the schema in place, at the first use and again after a loss. Blocking;
/// used by one thread at a time. Throws database_error; a write may have taken effect only if that is `in_doubt`.
///
/// With `database_access::read`, which creates and writes nothing, the tables must have version
/// `version_of_rule_tables` at least. A deleted SQLite file is not created again (`moved`); another store in its place
/// is opened, and anything else is rejected (`moved`).
class connection {
public:
    /// `watch` null: it makes its own. Once the watch is_shutting_down, it neither connects nor retries.
    explicit connection(database_url url, database_access access = database_access::create,
                        std::shared_ptr<call_watch> watch = {})
        : url_(std::move(url)),
          watch_(watch ? std::move(watch) : std::make_shared<call_watch>()),
          access_(access),
          exists_(access != database_access::create) {}

    database_url const& url() const { return url_; }
    std::shared_ptr<call_watch> const& watch() const { return watch_; }

    /// Number of times that the file was replaced.
    std::uint64_t replacements() const { return replacements_; }

    /// Calls `act(session&)`; retries after a collision with another writer, and once on a new session if the
    /// old one was cut off since its last use. Never retries after a commit has begun.
    template <class Action>
    auto run(Action act) {
        committing_ = false;
        for (int attempt = 1;; ++attempt) {
            auto const known = session_.has_value() ? age::used : age::fresh;
            try {
                return act(opened());
            } catch (database_error const& error) {
                judge(error, known, attempt);
            }
        }
    }

    /// The same in a transaction, committed when `act` returns.
    template <class Action>
    auto transact(Action act) {
        return run([&](session& sql) {
            transaction writing(sql, transaction::purpose::write);
            auto result = act(sql);
            committing_ = true;
            writing.commit();
            require_in_place();
            return result;
        });
    }

private:
    enum class age { fresh, used };

    session& opened();
    session open() const;
    /// Drops the session if its file is no longer at its path. Returns whether it did.
    bool give_up_moved();
    /// Throws if the file is gone: a commit to it would be lost.
    void require_in_place();
    /// Returns if the action may be retried, else throws `error`. Drops a lost session.
    void judge(database_error const& error, age known, int attempt);

    database_url url_;
    std::shared_ptr<call_watch> watch_;
    std::optional<session> session_;
    database_access access_;
    bool exists_;                    ///< the SQLite file existed, and is not created again
    std::optional<open_file> moved_; ///< the file of the last session, which is no longer at its path
    std::uint64_t replacements_ = 0;
    bool committing_ = false;
};

} // namespace rulehost
