#include "sql/session/connection.hpp"

#include "sql/session/schema.hpp"

#include <filesystem>
#include <utility>

namespace rulehost {

namespace {

using kind = database_error::kind;

// A writer that loses a race retries; more losses than this have another cause.
constexpr int attempts = 20;

} // namespace

session& connection::opened() {
    give_up_moved();
    if (!session_) {
        session_ = open();
        exists_ = true;
        replacements_ += std::exchange(moved_, std::nullopt) ? 1 : 0;
    }
    return *session_;
}

bool connection::give_up_moved() {
    auto* const opened = session_ ? session_->file() : nullptr;
    if (!opened || !opened->has_moved())
        return false;
    moved_ = *opened;
    session_.reset();
    return true;
}

session connection::open() const {
    if (watch_->is_shutting_down() && !url_.in_memory())
        throw database_error(kind::lost, "the process ends");
    auto const is_file = url_.kind == database_kind::sqlite && !url_.in_memory();
    session_options how;
    how.watch = watch_;
    if (access_ != database_access::read && (!is_file || !exists_)) {
        session fresh(url_, how);
        prepare_schema(fresh);
        return fresh;
    }
    if (is_file && !std::filesystem::exists(url_.path))
        throw database_error(kind::moved, "the file was deleted or moved away, and is not created again");
    if (access_ == database_access::read)
        return open_to_read(url_, version_of_rule_tables, watch_);
    if (moved_)
        moved_->set_log_aside();
    {
        how.access = database_access::read;
        session looks(url_, how);
        require_schema(looks);
    }
    how.access = database_access::existing;
    how.requires_store = true; // the file may have been replaced since that look
    session fresh(url_, how);
    prepare_schema(fresh);
    return fresh;
}

void connection::require_in_place() {
    if (give_up_moved())
        throw database_error(kind::in_doubt, "the file was deleted or moved away while it was written to");
}

void connection::judge(database_error const& error, age known, int attempt) {
    // A database in memory would be gone with its session.
    if (error.what_kind() == kind::lost && !url_.in_memory()) {
        // Does not retry a server that timed out within the same call.
        auto const silent = session_ && session_->timed_out();
        session_.reset();
        if (committing_)
            throw database_error(kind::in_doubt, error.what());
        if (known == age::used && !silent && !watch_->is_shutting_down())
            return;
    } else if (error.what_kind() == kind::collision && attempt < attempts) {
        committing_ = false; // a collision at the commit rolls everything back
        return;
    } else if (error.what_kind() == kind::read_only && !url_.in_memory()) {
        session_.reset(); // permissions are checked when it is opened, and may have changed by then
    }
    throw error;
}

} // namespace rulehost
