#include "async/interruptible_sleep.hpp"
#include "cli/commands.hpp"
#include "cli/data_output.hpp"
#include "cli/one_shot.hpp"
#include "cli/store/history_record.hpp"
#include "time/whole_seconds.hpp"

#include <rulehost/diagnostic.hpp>
#include <rulehost/task_group.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/this_coro.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rulehost::cli {

namespace asio = boost::asio;

namespace {

constexpr std::size_t page_size = 1000;
/// Max delay until a change that the store cannot announce (a malformed row) is noticed.
constexpr duration max_wait = std::chrono::seconds{1};

struct tail_options {
    std::string store;
    std::optional<revision> from;
    bool json = false;

    listing::form form() const { return listing::form_of(json); }
};

/// One line; not in columns, since later widths are unknown.
std::string line_of(history_entry const& entry) {
    auto const what = summary_of(entry);
    bool const is_decision = entry.kind.starts_with("decision"); // its id is in the place of a rule's
    return escape_for_terminal(std::to_string(entry.revision) + "  " + whole_seconds(entry.changed_at) + "  " +
                               (is_decision ? "" : entry.rule_id + "  ") + entry.kind +
                               (is_decision ? " " + entry.rule_id : "") + " by " + entry.changed_by +
                               (what.empty() ? "" : ": " + what)) +
        '\n';
}

/// Prints the history as it grows. The history is the stream; the subscription only triggers a poll.
class history_printer {
public:
    history_printer(database_rule_store& store, time_source& time, revision after, listing::form form)
        : store_(store), changes_(store.subscribe_changes()), wake_(time), last_(after), form_(form) {}

    asio::awaitable<void> print() {
        for (;;) {
            if (lagged_)
                co_await follow_back();
            auto const page = co_await next_page();
            for (auto const& entry : page) {
                if (entry.revision != last_ + 1)
                    std::cerr << "rulehost: the history between revisions " << last_ << " and " << entry.revision
                              << " was trimmed" << std::endl;
                if (form_ == listing::form::table)
                    output_.write(line_of(entry));
                else
                    output_.write(record_of(entry));
                last_ = entry.revision;
            }
            output_.flush();
            if (page.size() < page_size)
                co_await wake_.at_most(max_wait);
        }
    }

    asio::awaitable<void> listen() {
        for (;;) {
            auto const next = co_await changes_.next();
            lagged_ = lagged_ || std::holds_alternative<subscription_lagged>(next);
            wake_.interrupt();
            if (std::holds_alternative<subscription_ended>(next))
                co_return;
        }
    }

private:
    /// After a lag: this reader was slow, or the store was restored or replaced.
    asio::awaitable<void> follow_back() {
        auto const snapshot = co_await store_.load_compiled();
        if (store_.stale_since())
            co_return; // a cached state proves nothing
        lagged_ = false;
        if (snapshot.revision >= last_)
            co_return;
        std::cerr << "rulehost: the store went back from revision " << last_ << " to " << snapshot.revision
                  << ": it was restored or replaced; changes from there on follow" << std::endl;
        last_ = snapshot.revision;
    }

    /// Waits for a database that goes away, which the store logs; a database that was never there is an error.
    asio::awaitable<std::vector<history_entry>> next_page() {
        std::string const every_rule;
        try {
            auto page = co_await store_.history(every_rule, last_, page_size);
            reached_ = true;
            co_return page;
        } catch (store_unavailable const&) {
            if (!reached_)
                throw;
        }
        co_return std::vector<history_entry>();
    }

    database_rule_store& store_;
    change_subscription changes_;
    interruptible_sleep wake_;
    data_output output_;
    revision last_;
    listing::form form_;
    bool reached_ = false;
    bool lagged_ = false; ///< since `follow_back` had an answer
};

asio::awaitable<exit_code> tail(database_rule_store& store, time_source& time, tail_options const& options) {
    auto after = options.from;
    if (!after) {
        auto const snapshot = co_await store.load_compiled();
        after = snapshot.revision;
    }
    history_printer printer(store, time, *after, options.form());
    task_group tasks(co_await asio::this_coro::executor);
    tasks.spawn("store", store.run());
    tasks.spawn("changes", printer.listen());
    tasks.spawn("history", printer.print());
    co_await tasks.join();
    co_return exit_code::ok;
}

} // namespace

void add_tail(CLI::App& program, exit_code& result) {
    auto const options = std::make_shared<tail_options>();
    auto* const command = program.add_subcommand("tail", "Print every change of rules and states as it happens");
    add_store_option(*command, options->store)->required();
    command->add_option("--from", options->from, "Begin after this revision instead of now; 0 is the whole history")
        ->transform(as_revision());
    command->add_flag("--json", options->json, "NDJSON also on a terminal");
    command->footer("Example: rulehost tail --from 0 --store sqlite:var/rulehost.db\n"
                    "One line a change, in the order of the revisions; JSON unless it is for a terminal. SIGINT and "
                    "SIGTERM end it.");
    command->callback([options, &result] {
        result = run_on_database(
            options->store, database_access::read,
            [options](database_rule_store& store, time_source& time) { return tail(store, time, *options); });
    });
}

} // namespace rulehost::cli
