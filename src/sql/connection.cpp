#include "sql/connection.hpp"

#include "sql/schema.hpp"

namespace rulehost {

namespace {

// A writer that loses a race starts again; more often than this it is no race.
constexpr int attempts = 20;

} // namespace

session& connection::opened() {
    if (!session_) {
        session fresh(url_);
        prepare_schema(fresh);
        session_ = std::move(fresh);
    }
    return *session_;
}

void connection::judge(database_error const& error, age known, int attempt) {
    // What is in memory only would be gone with its session.
    if (error.what_kind() == database_error::kind::lost && !url_.in_memory()) {
        session_.reset();
        if (committing_) {
            throw database_error(database_error::kind::in_doubt, error.what());
        }
        if (known == age::used) {
            return;
        }
    } else if (error.what_kind() == database_error::kind::collision && attempt < attempts) {
        committing_ = false; // a collision at the commit has undone everything
        return;
    } else if (error.what_kind() == database_error::kind::read_only && !url_.in_memory()) {
        session_.reset(); // what may be written is settled when it is opened; by the next time it may be
    }
    throw error;
}

} // namespace rulehost
