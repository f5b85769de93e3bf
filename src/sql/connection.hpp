#pragma once

#include "sql/session.hpp"

#include <optional>
#include <utility>

namespace rulehost {

/// A session that comes back: opened, with the schema in place, when it is first needed and again after it was
/// lost. Blocking; used by one thread at a time. Throws database_error.
class connection {
public:
    explicit connection(database_url url) : url_(std::move(url)) {}

    database_url const& url() const { return url_; }

    /// Calls `act(session&)`, again when it collided with another writer.
    template <class Action>
    auto run(Action act) {
        for (int attempt = 1;; ++attempt) {
            try {
                return act(opened());
            } catch (database_error const& error) {
                judge(error, attempt);
            }
        }
    }

    /// The same in a transaction, which is committed when `act` returns.
    template <class Action>
    auto transact(Action act) {
        return run([&](session& sql) {
            transaction writing(sql, transaction::purpose::write);
            auto result = act(sql);
            writing.commit();
            return result;
        });
    }

private:
    session& opened();
    /// Gives a lost session up. Rethrows what is no collision, and one too many.
    void judge(database_error const& error, int attempt);

    database_url url_;
    std::optional<session> session_;
};

} // namespace rulehost
