#pragma once

#include "sql/session.hpp"

#include <optional>
#include <utility>

namespace rulehost {

/// A session that comes back: opened, with the schema in place, when it is first needed and again after it was
/// lost. Blocking; used by one thread at a time. Throws database_error; only when that is `in_doubt` may a write have been
/// done nevertheless.
class connection {
public:
    explicit connection(database_url url) : url_(std::move(url)) {}

    database_url const& url() const { return url_; }

    /// Calls `act(session&)`, again when it collided with another writer, and once more on a new session when the
    /// old one turns out to have been cut off since it was last used. Not once a commit was under way.
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

    /// The same in a transaction, which is committed when `act` returns.
    template <class Action>
    auto transact(Action act) {
        return run([&](session& sql) {
            transaction writing(sql, transaction::purpose::write);
            auto result = act(sql);
            committing_ = true;
            writing.commit();
            return result;
        });
    }

private:
    enum class age { fresh, used };

    session& opened();
    /// Returns when the action may be tried again, else throws `error`. Gives a lost session up.
    void judge(database_error const& error, age known, int attempt);

    database_url url_;
    std::optional<session> session_;
    bool committing_ = false;
};

} // namespace rulehost
