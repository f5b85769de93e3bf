#pragma once

#include "sql/session/session.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace rulehost {

/// A session that comes back: opened, with the schema in place, when it is first needed and again after it was
/// lost. Blocking; used by one thread at a time. Throws database_error; only when that is `in_doubt` may a write have been
/// done nevertheless.
///
/// Without the right to make or write anything (`database_access::read`) the tables have to be of version
/// `version_of_rule_tables` at least. A file of SQLite that is deleted is not made anew (`moved`); another store in its place is opened, and anything else is
/// refused (`moved`).
class connection {
public:
    /// Without a watch it has one of its own. Once that hurries nothing is connected and nothing tried again.
    explicit connection(database_url url, database_access access = database_access::create,
                        std::shared_ptr<call_watch> watch = {})
        : url_(std::move(url)),
          watch_(watch ? std::move(watch) : std::make_shared<call_watch>()),
          access_(access),
          exists_(access != database_access::create) {}

    database_url const& url() const { return url_; }
    std::shared_ptr<call_watch> const& watch() const { return watch_; }

    /// How often another file was opened than the one before.
    std::uint64_t replacements() const { return replacements_; }

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
            require_in_place();
            return result;
        });
    }

private:
    enum class age { fresh, used };

    session& opened();
    session open() const;
    /// Gives the session up whose file is not in its place any more. Whether it did.
    bool give_up_moved();
    /// Nobody will see what was committed to a file that is gone.
    void require_in_place();
    /// Returns when the action may be tried again, else throws `error`. Gives a lost session up.
    void judge(database_error const& error, age known, int attempt);

    database_url url_;
    std::shared_ptr<call_watch> watch_;
    std::optional<session> session_;
    database_access access_;
    bool exists_;                    ///< a file of SQLite was there, and is not made anew
    std::optional<open_file> moved_; ///< the file of the last session, which is not at its path any more
    std::uint64_t replacements_ = 0;
    bool committing_ = false;
};

} // namespace rulehost
