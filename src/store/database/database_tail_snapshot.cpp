// The local snapshot of a database, from which a worker starts while the database is away.
#include "store/database/database_tail.hpp"

#include "store/database/local_snapshot.hpp"

#include <exception>
#include <utility>

namespace rulehost {

namespace asio = boost::asio;

namespace {

constexpr std::size_t max_reported_rows = 10; ///< of a partially readable snapshot

} // namespace

asio::awaitable<change_tail::result> database_tail::save() {
    auto const saving = mirror_.position();
    auto write = [file = options_.snapshot_file, saved_at = time_.now(), ahead = clock_.expiries().ahead(),
                  position = *mirror_.position(), live = mirror_.live(), states = mirror_.states(),
                  lists = mirror_.lists().live()](rule_database&) -> std::string {
        try {
            local_snapshot snapshot;
            snapshot.position = position;
            snapshot.saved_at = saved_at;
            snapshot.clock_ahead = ahead;
            snapshot.live = live;
            snapshot.states = states;
            snapshot.lists = *lists;
            rulehost::save(snapshot, file);
            return {};
        } catch (std::exception const& error) {
            return error.what();
        }
    };
    auto const problem = co_await database_.off_the_loop(std::move(write));
    if (problem.empty())
        saved_ = saving;
    snapshots_.note(problem, options_.log);
    co_return problem.empty() ? change_tail::result::done : change_tail::result::refused;
}

/// Reads the snapshot file, once, before the database was observed.
asio::awaitable<void> database_tail::restore() {
    if (std::exchange(restored_, true) || options_.snapshot_file.empty() || mirror_.position())
        co_return;
    struct remembered {
        std::optional<local_snapshot> snapshot;
        std::string problem;
    };
    auto read = [file = options_.snapshot_file](rule_database&) {
        remembered result;
        try {
            result.snapshot = load_local_snapshot(file);
        } catch (std::exception const& error) {
            result.problem = error.what();
        }
        return result;
    };
    auto result = co_await database_.off_the_loop(std::move(read));
    if (!result.problem.empty())
        log(result.problem);
    if (result.snapshot && !mirror_.position()) {
        report_omissions(result.snapshot->left_out);
        snapshot_time_ = result.snapshot->saved_at;
        saved_ = result.snapshot->position;
        clock_.restore(result.snapshot->clock_ahead);
        mirror_.restore(std::move(result.snapshot->position), std::move(result.snapshot->live),
                        std::move(result.snapshot->states), std::move(result.snapshot->lists));
        compare_all_ = true;
    }
}

void database_tail::report_omissions(std::vector<std::string> const& rows) {
    for (std::size_t i = 0; i < rows.size() && i < max_reported_rows; ++i) {
        log("the snapshot " + options_.snapshot_file.string() +
            " is partly unreadable; the rest waits for the database: " + rows[i]);
    }
    if (rows.size() > max_reported_rows)
        log("... and " + std::to_string(rows.size() - max_reported_rows) + " more of its rules and states");
}

} // namespace rulehost
